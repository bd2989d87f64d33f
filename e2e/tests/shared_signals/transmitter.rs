//! A transmitter of others: `transmitter.py` with the packages `jwcrypto` and `standardwebhooks` of PyPI, which signs on demand. What
//! it signs is sent as RFC 8935 says.

use std::process::Stdio;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use sekisho_e2e::Trouble;
use sekisho_e2e::client::Connector;
use sekisho_e2e::peer::packages;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// The issuer of its events.
pub(crate) const ISSUER: &str = "https://idp.example.jp";
/// The name that it has for the platform.
pub(crate) const AUDIENCE: &str = "https://sekisho.example.jp/events";
const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";
const HOST: &str = "portal.localhost";

/// The running program. It ends with the test.
pub(crate) struct Transmitter {
    _process: Child,
    words: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    connector: Connector,
    /// The number of the next event.
    next: u32,
}

/// What the platform answered.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Transmitter {
    pub(crate) fn start(connector: Connector) -> Result<Self, Trouble> {
        let mut command = Command::new(packages().join("python3"));
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/shared_signals/transmitter.py"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
        let mut process = command.spawn().map_err(Trouble::during("jwcrypto, which `cargo verify` installs"))?;
        let none = || Trouble::new("the transmitter has no pipe");
        let words = process.stdin.take().ok_or_else(none)?;
        let lines = BufReader::new(process.stdout.take().ok_or_else(none)?).lines();
        Ok(Self { _process: process, words, lines, connector, next: 1 })
    }

    /// Lets the program do something, and says what it said.
    pub(crate) async fn word(&mut self, asked: &Value) -> Result<Value, Trouble> {
        let during = "the transmitter";
        self.words.write_all(format!("{asked}\n").as_bytes()).await.map_err(Trouble::during(during))?;
        let line = self.lines.next_line().await.map_err(Trouble::during(during))?;
        let said: Value = serde_json::from_str(&line.unwrap_or_default())
            .map_err(Trouble::during("jwcrypto, which `cargo verify` installs"))?;
        said.get("said").cloned().ok_or_else(|| Trouble::new(said.to_string()))
    }

    /// The text of its public keys.
    pub(crate) async fn keys(&mut self) -> Result<String, Trouble> {
        Ok(self.word(&json!({ "do": "keys" })).await?.to_string())
    }

    /// The claims of a CAEP event of now about somebody.
    pub(crate) fn claims(&mut self, event: &str, subject: &Value) -> Value {
        let (now, number) = (now(), self.next);
        self.next += 1;
        json!({ "iss": ISSUER, "aud": AUDIENCE, "jti": format!("event-{number}"), "iat": now, "sub_id": subject,
            "events": { format!("{CAEP}{event}"): { "event_timestamp": now } } })
    }

    /// Signs claims by one of its algorithms.
    pub(crate) async fn sign(&mut self, claims: &Value, more: Value) -> Result<String, Trouble> {
        let mut asked = json!({ "do": "sign", "claims": claims });
        if let (Some(asked), Value::Object(more)) = (asked.as_object_mut(), more) {
            asked.extend(more);
        }
        Ok(self.word(&asked).await?.as_str().unwrap_or_default().to_owned())
    }

    /// Signs and sends.
    pub(crate) async fn send(&mut self, to: &str, claims: &Value) -> Result<Told, Trouble> {
        let token = self.sign(claims, json!({})).await?;
        self.push(to, &token).await
    }

    /// Pushes a token.
    pub(crate) async fn push(&self, to: &str, token: &str) -> Result<Told, Trouble> {
        self.post(to, &[("Content-Type", "application/secevent+jwt"), ("Accept", "application/json")], token).await
    }

    /// Posts a body to the address of a transmitter.
    pub(crate) async fn post(&self, to: &str, fields: &[(&str, &str)], body: &str) -> Result<Told, Trouble> {
        let request = Request::post(format!("/api/v1/shared-signals/{to}/events"));
        let request = request.header("Host", format!("{HOST}:{}", self.connector.port()));
        let request = fields.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = request.body(Full::new(Bytes::from(body.to_owned()))).map_err(Trouble::during(to))?;
        let (head, body) = self.connector.keep(HOST).await?.send(request).await?.into_parts();
        let body = body.collect().await.map_err(Trouble::during(to))?.to_bytes();
        Ok(Told { status: head.status.as_u16(), body: serde_json::from_slice(&body).unwrap_or_default() })
    }
}

/// The present second.
pub(crate) fn now() -> i64 {
    time::OffsetDateTime::now_utc().unix_timestamp()
}

/// The subject with a mail address.
pub(crate) fn email(address: &str) -> Value {
    json!({ "format": "email", "email": address })
}
