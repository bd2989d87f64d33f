//! A platform with an API behind it that keeps what arrives.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sekisho_e2e::client::Person;
use sekisho_e2e::platform::Platform;
use tokio::net::TcpListener;

/// The host of the API.
pub(crate) const HOST: &str = "orders.localhost";
/// What describes it.
pub(crate) const DOCUMENT: &str = include_str!("orders.yaml");
const DOCUMENTS: &str = r#"
[[group]]
id = "clerks"
name = "Clerks"

[[user]]
id = "alice"
name = "Alice"
groups = ["clerks"]

[[resource]]
id = "orders"
name = { en = "Orders", ja = "受注" }
kind = "api"
host = "orders.localhost"
upstream = "http://127.0.0.1:@PORT@"
sensitivity = 1
"#;
const POLICY: &str = r#"
@id("clerks-use-orders")
permit (principal in Sekisho::Group::"clerks", action, resource == Sekisho::Resource::"orders")
when { context has request.operation };

@id("nobody-removes-orders")
@reason("Orders are not removed by people.")
@reason_ja("注文を個人が削除することはできません。")
forbid (principal, action, resource == Sekisho::Resource::"orders")
when { context has request.operation && context.request.operation == "removeOrder" };
"#;

/// An application that keeps what arrives: method, path with query, body.
pub(crate) struct Recording {
    address: SocketAddr,
    arrived: Arc<Mutex<Vec<(String, String, String)>>>,
}

type Body = UnsyncBoxBody<Bytes, Infallible>;

impl Recording {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let arrived = Arc::default();
        let kept = Arc::clone(&arrived);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                let service = service_fn(move |request| answer(Arc::clone(&kept), request));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { address, arrived }
    }

    /// What has arrived since the last time.
    pub(crate) fn take(&self) -> Vec<(String, String, String)> {
        std::mem::take(&mut *self.arrived.lock().unwrap())
    }
}

async fn answer(
    kept: Arc<Mutex<Vec<(String, String, String)>>>,
    request: Request<Incoming>,
) -> Result<Response<Body>, http::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let asked = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    kept.lock().unwrap().push((head.method.to_string(), asked.clone(), String::from_utf8_lossy(&body).into_owned()));
    if asked == "/v1/events" {
        let ticks = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Some((Ok(Frame::data(Bytes::from_static(b"data: tick\n\n"))), ()))
        });
        return Response::builder()
            .header("content-type", "text/event-stream")
            .body(StreamBody::new(ticks).boxed_unsync());
    }
    Response::builder()
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from_static(b"{}")).boxed_unsync())
}

/// The platform, the API, and a clerk who is signed in there.
pub(crate) struct Place {
    pub(crate) platform: Platform,
    pub(crate) origin: Recording,
    pub(crate) clerk: Person,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let origin = Recording::start().await;
        let platform = Platform::start(1).await.unwrap();
        let documents = DOCUMENTS.replace("@PORT@", &origin.address.port().to_string());
        let described = described(DOCUMENT);
        platform
            .apply(&[("orders.toml", &documents), ("api.toml", &described), ("orders.cedar", POLICY)])
            .await
            .unwrap();
        let mut clerk = platform.signed_in("alice").await.unwrap();
        clerk.open(HOST, "/v1/orders").await.unwrap().expect(200).unwrap();
        assert_eq!(origin.take().len(), 1);
        Self { platform, origin, clerk }
    }

    /// The origin of the API, as people reach it.
    pub(crate) fn url(&self) -> String {
        format!("https://{HOST}:{}", self.platform.port())
    }
}

/// The API document as a folder holds it.
pub(crate) fn described(document: &str) -> String {
    format!("[[api-document]]\nid = \"orders\"\nbody_limit = 4096\ndocument = '''\n{document}'''\n")
}
