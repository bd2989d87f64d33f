//! Why what is open ends, where no policy says so.

use sekisho_model::Text;
use sekisho_policy_engine::Reason;

/// The code of [`drained`].
pub const DRAINED: &str = "gateway-restarted";

/// Why what is still open at the end of a drain ends.
#[must_use]
pub fn drained() -> Reason {
    Reason {
        code: DRAINED.to_owned(),
        text: Text::new(
            "The gateway was restarted, and this connection did not end in time. Connect again.",
            "ゲートウェイが再起動されました。この接続は時間内に終わらなかったため切断されました。もう一度接続してください。",
        ),
    }
}

/// Why everything ends when the control plane has been silent for longer than the lease.
#[must_use]
pub fn lease_ended() -> Reason {
    Reason {
        code: "policy-snapshot-expired".to_owned(),
        text: Text::new(
            "The gateway has not heard from the control plane for too long.",
            "ゲートウェイに制御部からの更新が長く届いていません。",
        ),
    }
}

/// Why nothing passes that must be masked and cannot be read.
#[must_use]
pub fn data_unreadable() -> Reason {
    Reason {
        code: "data-unreadable".to_owned(),
        text: Text::new(
            "You may see this data only masked, and it comes in a form in which nothing can be masked.",
            "このデータは伏せ字でのみ閲覧できますが、伏せ字にできない形式で提供されています。",
        ),
    }
}
