//! What the tests share: a platform with people at work, and one who watches a WebSocket.

use futures_util::{SinkExt, StreamExt};
use sekisho_e2e::client::{Connector, Load, Person, Socket};
use sekisho_e2e::origin::Origin;
use sekisho_e2e::platform::example::OPEN;
use sekisho_e2e::platform::{Platform, binary};
use sekisho_e2e::services::Calls;
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message;

/// How many answers show that work goes on.
pub(crate) const SOME: u64 = 60;
const CALLS: &str = "calls.localhost";

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

    /// The same over HTTP/2: two connections with several requests at once each.
    pub(crate) async fn load_over_http2(&self, connector: &Connector) -> Load {
        let mut load = Load::over_http2(connector, (OPEN, &self.person.cookie(OPEN), 200), 2);
        load.answers(SOME).await.unwrap();
        load
    }

    /// A gRPC client at work on a server of its own, over one channel.
    pub(crate) async fn calls(&mut self) -> CallsAtWork {
        let mut server = Calls::start("server.py", &[]).unwrap();
        let port = server.line().await.unwrap();
        let resource = format!(
            "[[resource]]\nid = \"calls\"\nname = {{ en = \"calls\" }}\nhost = \"{CALLS}\"\nsensitivity = 1\n\
             [resource.upstream]\naddresses = [\"127.0.0.1:{port}\"]\nprotocol = \"http2\"\n"
        );
        let policy = "@id(\"calls\") permit (principal in Sekisho::Group::\"runners\", action, resource == Sekisho::Resource::\"calls\");";
        self.platform.apply(&[("calls.toml", &resource), ("calls.cedar", policy)]).await.unwrap();
        // The certificate for the new host comes a moment later.
        let connector = self.platform.connector().unwrap();
        let served = async { while connector.connect(CALLS).await.is_err() {} };
        tokio::time::timeout(std::time::Duration::from_secs(30), served).await.unwrap();
        // The hand-over from the portal; what a server of calls answers to a page is not looked at.
        self.person.open(CALLS, "/").await.unwrap();
        let authority = self.platform.authority().display().to_string();
        let arguments = [&self.platform.port().to_string(), CALLS, &authority, &self.person.cookie(CALLS)];
        let mut client = Calls::start("load.py", &arguments).unwrap();
        client.line().await.unwrap();
        CallsAtWork { client, _server: server }
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

/// A client of gRPC that calls again and again, and holds a conversation.
pub(crate) struct CallsAtWork {
    client: Calls,
    _server: Calls,
}

impl CallsAtWork {
    /// Ends the work: there was some, and no call failed, nor the conversation.
    pub(crate) async fn end_well(mut self) {
        self.client.finish();
        let mut line = self.client.line().await.unwrap();
        while !line.starts_with('{') {
            line = self.client.line().await.unwrap();
        }
        let said: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(said["failed"], serde_json::json!([]), "{said}");
        assert!(said["calls"].as_u64() > Some(10) && said["messages"] == said["calls"], "{said}");
    }
}

/// Sees that a WebSocket still leads to its origin and back: the origin ends it when it is asked to.
pub(crate) async fn still_carries(mut socket: Socket) {
    socket.send(Message::text("close")).await.unwrap();
    let last = tokio::time::timeout(std::time::Duration::from_secs(30), socket.next()).await.unwrap();
    assert!(matches!(last, Some(Ok(Message::Close(None)))), "{last:?}");
}
