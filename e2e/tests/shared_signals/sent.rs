//! What the platform tells others: an ended session, once, in a token that a verifier of others takes, and not lost by a restart.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::place::{PATIENCE, Place};

const DOCUMENTS: &str = r#"
[[signal-receiver]]
id = "app"
url = "http://127.0.0.1:PORT/events"
audience = "https://app.example.jp"

[[signal-receiver]]
id = "by-mail"
url = "http://127.0.0.1:PORT/mail"
audience = "https://mail.example.jp"
subject = "email"

[[signal-receiver]]
id = "off"
enabled = false
url = "http://127.0.0.1:PORT/off"
audience = "https://off.example.jp"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i60_an_ended_session_is_told_once_in_a_token_that_others_verify() {
    let mut place = Place::new().await;
    let receiver = Receiver::start().await;
    let documents = DOCUMENTS.replace("PORT", &receiver.port.to_string());
    place.platform.apply(&[("receivers.toml", &documents)]).await.unwrap();
    let configuration: Value = serde_json::from_str(&place.published("/.well-known/ssf-configuration").await).unwrap();
    let issuer = format!("https://portal.localhost:{}", place.platform.port());
    assert_eq!(configuration["issuer"], issuer, "{configuration}");
    let address = configuration["jwks_uri"].as_str().unwrap().strip_prefix(&issuer).unwrap().to_owned();
    let keys: Value = serde_json::from_str(&place.published(&address).await).unwrap();
    assert!(keys["keys"].as_array().unwrap().iter().all(|key| key.get("d").is_none()), "{keys}");

    // Nobody takes it yet, and the platform is started again meanwhile.
    receiver.refuse(usize::MAX);
    place.command(&["user", "disable", "runner"]).await;
    let refused = receiver.until(2).await;
    let place_again = place.restarted().await;
    place = place_again;
    receiver.refuse(0);
    let first = receiver.until_taken(2).await;
    for (path, audience, subject) in [
        ("/events", "https://app.example.jp", json!({ "format": "iss_sub", "iss": issuer, "sub": "runner" })),
        ("/mail", "https://mail.example.jp", json!({ "format": "email", "email": "Runner@Example.jp" })),
    ] {
        let token = &first.iter().find(|(at, _)| at == path).unwrap().1;
        let said = place.transmitter.word(&json!({ "do": "verify", "keys": keys, "token": token })).await.unwrap();
        let claims = &said["claims"];
        assert_eq!((&said["header"]["typ"], &said["header"]["alg"]), (&json!("secevent+jwt"), &json!("ES256")));
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(issuer), &json!(audience)), "{claims}");
        assert_eq!(claims["sub_id"], subject, "{claims}");
        let event = &claims["events"]["https://schemas.openid.net/secevent/caep/event-type/session-revoked"];
        assert_eq!((&event["initiating_entity"], &event["reason_admin"]["en"]), (&json!("admin"), &json!("account-disabled")));
        assert!(claims.get("sub").is_none() && claims.get("exp").is_none(), "{claims}");
        // It is the same event as the one that was refused.
        let before = &refused.iter().find(|(at, _)| at == path).unwrap().1;
        let before = place.transmitter.word(&json!({ "do": "verify", "keys": keys, "token": before })).await.unwrap();
        assert_eq!(before["claims"], *claims);
        // A token with another letter is none.
        let forged = token.replacen('.', ".A", 1);
        assert!(place.transmitter.word(&json!({ "do": "verify", "keys": keys, "token": forged })).await.is_err());
    }
    place.until_acts("shared-signal-sent", 2).await;
    assert_eq!(receiver.taken().len(), 2, "the end was told once");
}

/// A receiver on a free port of loopback.
struct Receiver {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// How many requests more are refused.
    refusing: AtomicUsize,
    refused: Mutex<Vec<(String, String)>>,
    taken: Mutex<Vec<(String, String)>>,
    arrived: Notify,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (port, shared) = (listener.local_addr().unwrap().port(), Arc::new(Shared::default()));
        let all = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some((path, kind, body)) = read(&mut stream).await else { continue };
                assert_eq!(kind, "application/secevent+jwt");
                let is_refused = all.refusing.load(Ordering::SeqCst) > 0;
                let (list, status) = if is_refused { (&all.refused, "500 No") } else { (&all.taken, "202 Accepted") };
                list.lock().unwrap().push((path, body));
                let answer = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await;
                all.arrived.notify_one();
            }
        });
        Self { port, shared }
    }

    fn refuse(&self, count: usize) {
        self.shared.refusing.store(count, Ordering::SeqCst);
    }

    fn taken(&self) -> Vec<(String, String)> {
        self.shared.taken.lock().unwrap().clone()
    }

    /// What was refused, once it is as much.
    async fn until(&self, count: usize) -> Vec<(String, String)> {
        self.wait(count, |shared| shared.refused.lock().unwrap().clone()).await
    }

    /// What was taken, once it is as much.
    async fn until_taken(&self, count: usize) -> Vec<(String, String)> {
        self.wait(count, |shared| shared.taken.lock().unwrap().clone()).await
    }

    async fn wait(&self, count: usize, of: impl Fn(&Shared) -> Vec<(String, String)>) -> Vec<(String, String)> {
        let enough = async {
            loop {
                let all = of(&self.shared);
                if all.len() >= count {
                    return all;
                }
                self.shared.arrived.notified().await;
            }
        };
        timeout(PATIENCE, enough).await.unwrap()
    }
}

/// The path, the type and the body of a request.
async fn read(stream: &mut TcpStream) -> Option<(String, String, String)> {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(part.get(..count)?);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let field = |name: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
        };
        if body.len() >= field("content-length")?.parse().ok()? {
            let path = head.split(' ').nth(1)?.to_owned();
            return Some((path, field("content-type")?, body.to_owned()));
        }
    }
}
