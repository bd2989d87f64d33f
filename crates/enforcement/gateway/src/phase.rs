//! How far the gateway's end has come.

use sekisho_model::Text;
use sekisho_policy_engine::Reason;

/// How far the gateway's end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It accepts and serves.
    Serving,
    /// It accepts nothing new: a successor does. Open connections are served and end after their next exchange.
    Draining,
    /// It ends: who waits for a next request is let go at once.
    Stopping,
}

/// The code of [`drained`].
pub(crate) const DRAINED: &str = "gateway-restarted";

/// Why what is still open at the end of a drain ends.
pub(crate) fn drained() -> Reason {
    Reason {
        code: DRAINED.to_owned(),
        text: Text::new(
            "The gateway was restarted, and this connection did not end in time. Connect again.",
            "ゲートウェイが再起動されました。この接続は時間内に終わらなかったため切断されました。もう一度接続してください。",
        ),
    }
}
