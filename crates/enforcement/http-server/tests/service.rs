//! The protocol server with a service of its own: the service answers each head, and refuses bytes that are no head.
#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;
use http::{HeaderMap, Request, StatusCode};
use sekisho_http_server::http2::TunnelWindows;
use sekisho_http_server::{
    Broken, ConnectionLimits, Interim, Patience, Phase, Reply, ReplyBody, RequestBody, Service, Upgraded, http1,
};
use sekisho_policy_enforcement::{Glimpse, HeadLimits, Refusal, RequestHead};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

/// Answers with the path that it was asked for.
struct Echo {
    limits: ConnectionLimits,
    phase: watch::Receiver<Phase>,
}

/// A body that is there as a whole.
struct Whole(Bytes);

impl From<Bytes> for Whole {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl ReplyBody for Whole {
    fn length(&self) -> Option<u64> {
        u64::try_from(self.0.len()).ok()
    }

    fn poll_data(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        let bytes = std::mem::take(&mut self.0);
        Poll::Ready(Some(Ok(bytes)).filter(|bytes| bytes.as_ref().is_ok_and(|bytes| !bytes.is_empty())))
    }

    fn poll_cut(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }

    fn patience(&self) -> Option<Patience> {
        None
    }

    fn take_trailers(&mut self) -> Option<HeaderMap> {
        None
    }

    fn has_trailers(&self) -> bool {
        false
    }

    fn is_upgrade(&self) -> bool {
        false
    }
}

impl Service for Echo {
    type Body = Whole;

    fn limits(&self) -> &ConnectionLimits {
        &self.limits
    }

    fn phase(&self) -> &watch::Receiver<Phase> {
        &self.phase
    }

    async fn serve(&self, head: &RequestHead, body: RequestBody, _: Option<Interim>) -> Reply<Whole> {
        if head.path() == "/never" {
            // A resource that takes nothing of the body and answers nothing.
            let _lent = body;
            return std::future::pending().await;
        }
        Reply::with(StatusCode::OK, Bytes::from(head.path().to_owned()))
    }

    fn refuse(&self, refusal: &Refusal, _: &Glimpse) -> Reply<Whole> {
        Reply::with(refusal.status(), Bytes::from_static(b"refused"))
    }

    async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        None
    }

    fn takes_tunnels(&self) -> bool {
        false
    }

    async fn tunnel(&self, _: Request<RecvStream>, _: SendResponse<Bytes>, _: &TunnelWindows) {}

    async fn upgrade(_: Upgraded, _: Whole) {}
}

fn limits() -> ConnectionLimits {
    let seconds = Duration::from_secs(10);
    ConnectionLimits {
        head: HeadLimits::default(),
        head_timeout: seconds,
        idle_timeout: seconds,
        body_rate: 500,
        body_grace: seconds,
        reply_grace: seconds,
        h2_streams: 100,
        h2_local_resets: 64,
    }
}

/// What a client gets that sends those bytes in that phase, until the connection ends.
async fn answer_to(bytes: &[u8], phase: Phase) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut client = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("a connection");
    let (stream, _) = listener.accept().await.expect("a connection");
    let limits = limits();
    let (_phases, phase) = watch::channel(phase);
    let asks = async move {
        client.write_all(bytes).await.expect("sent");
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.expect("an answer");
        answer
    };
    tokio::join!(http1::serve(Box::new(stream), Echo { limits, phase }, Instant::now()), asks).1
}

#[tokio::test]
async fn each_head_is_answered_by_the_service_and_the_last_says_so() {
    let twice =
        b"GET /one HTTP/1.1\r\nHost: a.test\r\n\r\nGET /two HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";
    let answer = answer_to(twice, Phase::Serving).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\n/two"), "{answer}");
    assert!(answer.contains("\r\n\r\n/oneHTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(answer.matches("connection: close\r\n").count(), 1);
}

#[tokio::test]
async fn bytes_that_are_no_head_are_refused_and_end_the_connection() {
    let answer = answer_to(b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: a.test\r\n\r\n", Phase::Serving).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1);
}

#[tokio::test]
async fn while_the_server_drains_a_reply_is_the_last() {
    let twice = b"GET /one HTTP/1.1\r\nHost: a.test\r\n\r\nGET /two HTTP/1.1\r\nHost: a.test\r\n\r\n";
    let answer = answer_to(twice, Phase::Draining).await;
    assert!(answer.contains("connection: close\r\n") && answer.ends_with("/one"), "{answer}");
}

#[tokio::test]
async fn who_asks_for_a_head_gets_no_body_with_a_refusal() {
    let answer = answer_to(b"HEAD / HTTP/1.1\r\n\r\n", Phase::Serving).await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.ends_with("\r\n\r\n"), "{answer}");
    let answer = answer_to(b"GET / HTTP/1.1\r\n\r\n", Phase::Serving).await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.ends_with("\r\n\r\nrefused"), "{answer}");
}

/// Whether the connection of a client ends that sends those bytes and stays or leaves, while its request is not answered.
async fn ends(bytes: &[u8], leaves: bool, patience: Duration) -> bool {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut client = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("a connection");
    let (stream, _) = listener.accept().await.expect("a connection");
    let (_phases, phase) = watch::channel(Phase::Serving);
    let serving = http1::serve(Box::new(stream), Echo { limits: limits(), phase }, Instant::now());
    let stays = async {
        // What is not read any more stays in the buffers of the system.
        let _ = tokio::time::timeout(Duration::from_secs(1), client.write_all(bytes)).await;
        let kept = (!leaves).then_some(client);
        std::future::pending::<()>().await;
        drop(kept);
    };
    tokio::select! {
        () = serving => true,
        () = stays => false,
        () = tokio::time::sleep(patience) => false,
    }
}

#[tokio::test]
async fn a_client_that_left_is_noticed_while_nobody_reads_from_it() {
    let lent = b"POST /never HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\nbegin";
    let pipelined = [b"GET /never HTTP/1.1\r\nHost: a.test\r\n\r\n".to_vec(), vec![b'a'; 90_000]].concat();
    let (long, short) = (Duration::from_secs(60), Duration::from_secs(20));
    let (first, second, stays) =
        tokio::join!(ends(lent, true, long), ends(&pipelined, true, long), ends(lent, false, short));
    assert!(first, "its body was lent");
    assert!(second, "more was pipelined than is read ahead");
    assert!(!stays, "a client that is there is waited for");
}
