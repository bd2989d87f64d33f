//! What the tests share: a platform with people at work, and one who watches a WebSocket.

use futures_util::{SinkExt, StreamExt};
use sekisho_e2e::client::{Connector, Load, Person, Socket};
use sekisho_e2e::origin::Origin;
use sekisho_e2e::platform::example::OPEN;
use sekisho_e2e::platform::{Platform, binary};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message;

/// How many answers show that work goes on.
pub(crate) const SOME: u64 = 60;

/// A running platform that was started through a link, as installations that switch versions do.
pub(crate) struct Place {
    pub(crate) platform: Platform,
    pub(crate) person: Person,
    pub(crate) folder: TempDir,
    _origin: Origin,
}

impl Place {
    pub(crate) async fn start(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let origin = Origin::serve(&[("/", "open")]).await.unwrap();
        std::os::unix::fs::symlink(binary().unwrap(), folder.path().join("sekisho")).unwrap();
        let platform = Platform::start_from(&folder.path().join("sekisho"), 2, settings).await.unwrap();
        let mut person = platform.example(origin.port()).await.unwrap();
        person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
        Self { platform, person, folder, _origin: origin }
    }

    /// People at work: three keep their connections, two make new ones.
    pub(crate) async fn load(&self, connector: &Connector) -> Load {
        let mut load = Load::start(connector, (OPEN, &self.person.cookie(OPEN), 200), 3, 2);
        load.answers(SOME).await.unwrap();
        load
    }

    /// An open WebSocket.
    pub(crate) async fn socket(&self) -> Socket {
        let mut socket = self.person.socket(OPEN, "/socket").await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("welcome"));
        socket
    }

    /// What an operation says that is refused.
    pub(crate) async fn refusal(&self, operation: &str) -> String {
        self.platform.command(&[operation]).await.unwrap_err().to_string()
    }
}

/// Sees that a WebSocket still leads to its origin and back: the origin ends it when it is asked to.
pub(crate) async fn still_carries(mut socket: Socket) {
    socket.send(Message::text("close")).await.unwrap();
    let last = tokio::time::timeout(std::time::Duration::from_secs(30), socket.next()).await.unwrap();
    assert!(matches!(last, Some(Ok(Message::Close(None)))), "{last:?}");
}
