//! The eight steps. They share a person, a session and an open WebSocket, so each rests on the one before.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use http::StatusCode;
use sekisho::embedded::{AdminClient, Failure};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::browser::{Browser, Trouble, WebSocket};
use super::person::Person;
use super::{Seen, expect};
use crate::scene::Scene;

/// How long anything that should happen may take before the check gives up on it.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a fact may take to cut what it forbids.
const CUT_WITHIN: Duration = Duration::from_secs(1);
/// A password long enough for anybody.
const PASSWORD: &str = "correct horse battery staple 7";

/// The state between steps.
pub(super) struct Steps<'a> {
    scene: &'a Scene,
    admin: AdminClient,
    alice: Person,
    erin: Person,
    socket: Option<WebSocket>,
    requests: usize,
}

/// A step's title and what it expects.
pub(super) fn describe(number: u8) -> (&'static str, &'static str) {
    match number {
        1 => ("request", "an anonymous person is sent to sign in, an anonymous program gets 401"),
        2 => ("identity verified", "a passkey signs Alice in, with assurance 3"),
        3 => ("device assessed", "the agent proves the device, its facts are there and it is compliant"),
        4 => ("risk weighed", "the decision shows a risk score and the signals that add up to it"),
        5 => (
            "policy enforced",
            "wiki and payroll open for Alice; payroll refuses an engineer with reason and remedy and challenges a weaker sign-in",
        ),
        6 => ("session watched", "a WebSocket to payroll is open and carries messages"),
        7 => (
            "response adapted",
            "a forbidden port opens: the WebSocket is cut within one second, the page says why; it closes and access returns",
        ),
        _ => (
            "session ended with its evidence",
            "sign-out cuts what is open and asks to sign in again; the ledger verifies and lists every decision",
        ),
    }
}

impl<'a> Steps<'a> {
    /// The people before they have done anything.
    pub(super) async fn new(scene: &'a Scene) -> Result<Self, Failure> {
        let browser = Browser::new(scene.server_roots()?);
        let portal = scene.portal();
        Ok(Self {
            scene,
            admin: scene.admin(),
            alice: Person::new("alice", portal, browser.clone()),
            erin: Person::new("erin", portal, browser),
            socket: None,
            requests: 0,
        })
    }

    pub(super) async fn run(&mut self, number: u8) -> Seen {
        match number {
            1 => self.request().await,
            2 => self.identity().await,
            3 => self.device().await,
            4 => self.risk().await,
            5 => self.policy().await,
            6 => self.watching().await,
            7 => self.response().await,
            _ => self.end().await,
        }
    }

    async fn request(&mut self) -> Seen {
        let mut anybody = Browser::new(self.scene.server_roots().map_err(|failure| failure.to_string())?);
        let wiki = self.scene.wiki();
        let person = anybody.open_once(&format!("{wiki}/")).await?;
        let location = person.header("location").to_owned();
        let to_portal = location.starts_with(&format!("{}/sign-in/to/wiki?", self.scene.portal()));
        expect(person.status == StatusCode::SEE_OTHER && to_portal, || format!("{} {location}", person.status))?;
        let program = anybody.fetch(&format!("{wiki}/")).await?;
        expect(program.status == StatusCode::UNAUTHORIZED, || format!("a program got {}", program.status))?;
        Ok(format!("303 to {}/sign-in/to/wiki; a program got 401", self.scene.portal()))
    }

    async fn identity(&mut self) -> Seen {
        let link = self.scene.enrolment_link("alice").await.map_err(|failure| failure.to_string())?;
        self.alice.enrol(&link).await?;
        self.alice.set_password(PASSWORD).await?;
        self.alice.sign_out().await?;
        let wiki = self.scene.wiki();
        let page = self.alice.sign_in(&format!("{wiki}/")).await?;
        expect(page.status == StatusCode::OK && page.body.contains("<b id=\"subject\">alice</b>"), || {
            format!("{} at {}", page.status, page.url)
        })?;
        let session = self.session_of("alice").await?;
        let methods = session.get("methods").map(Value::to_string).unwrap_or_default();
        expect(methods == "[\"passkey\"]", || format!("the session's methods are {methods}"))?;
        Ok(format!("signed in with {methods}, and the wiki greets alice"))
    }

    async fn device(&mut self) -> Seen {
        let page = self.alice.prove_device(self.scene.agent_address()).await?;
        expect(page.status == StatusCode::OK, || format!("the devices page answered {}", page.status))?;
        let session = self.session_of("alice").await?;
        let device = session.get("device").and_then(Value::as_str).unwrap_or_default().to_owned();
        expect(device == self.scene.device(), || format!("the session's device is `{device}`"))?;
        let shown = self.admin.send("GET", &format!("/devices/{device}"), None).await;
        let shown = shown.map_err(|failure| failure.to_string())?;
        let facts = shown.pointer("/posture/facts").and_then(Value::as_object).map_or(0, serde_json::Map::len);
        expect(shown.get("compliant") == Some(&Value::Bool(true)), || {
            format!("the device is not compliant: {}", shown.get("failing").map(Value::to_string).unwrap_or_default())
        })?;
        Ok(format!("{device} reported {facts} facts and is compliant; the session is bound to it"))
    }

    async fn risk(&mut self) -> Seen {
        let answer = self.alice.browser.open(&format!("{}/", self.scene.payroll())).await?;
        let request = answer.header("x-request-id").to_owned();
        let decision = self.decision(&request).await?;
        let risk = decision.get("risk").and_then(Value::as_u64).ok_or("the decision has no risk")?;
        let parts: Vec<(String, u64)> =
            serde_json::from_value(decision.get("risk_parts").cloned().unwrap_or_else(|| Value::Array(Vec::new())))
                .map_err(|error| error.to_string())?;
        let sum: u64 = parts.iter().map(|(_, share)| share).sum();
        expect(sum == risk && !parts.is_empty(), || format!("risk {risk}, parts {parts:?}"))?;
        let parts: Vec<String> = parts.iter().map(|(name, share)| format!("{name} {share}")).collect();
        Ok(format!("risk {risk} = {}", parts.join(" + ")))
    }

    async fn policy(&mut self) -> Seen {
        for url in [self.scene.wiki(), self.scene.payroll()] {
            let page = self.alice.browser.open(&format!("{url}/")).await?;
            expect(page.status == StatusCode::OK, || {
                format!("{url} answered Alice {} (request {})", page.status, page.header("x-request-id"))
            })?;
        }
        let link = self.scene.enrolment_link("erin").await.map_err(|failure| failure.to_string())?;
        self.erin.enrol(&link).await?;
        let denied = self.erin.browser.open(&format!("{}/", self.scene.payroll())).await?;
        expect(denied.status == StatusCode::FORBIDDEN, || format!("payroll answered Erin {}", denied.status))?;
        let decision = self.decision(denied.header("x-request-id")).await?;
        let list = |field: &str| decision.get(field).map(Value::to_string).unwrap_or_default();
        expect(list("reasons").len() > 2 && denied.body.contains(denied.header("x-request-id")), || {
            format!("the refusal has reasons {} and no request id", list("reasons"))
        })?;
        let mut weaker = Person::new("alice", self.scene.portal(), self.fresh_browser()?);
        weaker.sign_in_with_password(PASSWORD).await?;
        weaker.prove_device(self.scene.agent_address()).await?;
        let challenge = weaker.browser.open_once(&format!("{}/", self.scene.payroll())).await?;
        let challenged = self.follow_to_step_up(&mut weaker, challenge).await?;
        Ok(format!(
            "200 and 200 for Alice; 403 for Erin with {} and remedy {}; a password alone was sent to {challenged}",
            list("reasons"),
            list("remedies")
        ))
    }

    async fn watching(&mut self) -> Seen {
        let (socket, first) = self.open_socket().await?;
        self.socket = Some(socket);
        Ok(format!("open; the first message is {first}"))
    }

    async fn response(&mut self) -> Seen {
        let mut socket = self.socket.take().ok_or("no WebSocket is open")?;
        let opened = Instant::now();
        let number = self.scene.forbidden_port();
        let port = TcpListener::bind(("127.0.0.1", number)).await;
        let port = port.map_err(|error| format!("port {number} cannot be opened: {error}"))?;
        let close =
            tokio::time::timeout(PATIENCE, closed(&mut socket)).await.map_err(|_| "the WebSocket stayed open")?;
        let delay = opened.elapsed();
        let close = close.ok_or("the WebSocket broke without a close frame")?;
        expect(delay < CUT_WITHIN, || format!("cut after {} ms, {} {}", delay.as_millis(), close.code, close.reason))?;
        let page = self.alice.browser.open(&format!("{}/", self.scene.payroll())).await?;
        let told = page.status == StatusCode::FORBIDDEN && page.body.contains(&number.to_string());
        expect(told, || format!("payroll then answered {} without the reason", page.status))?;
        drop(port);
        let healed = self.wait_for_payroll().await?;
        let (code, reason) = (u16::from(close.code), close.reason.as_str().to_owned());
        Ok(format!(
            "cut after {} ms with {code} `{reason}`, 403 with the reason; access returned {} ms after the port closed",
            delay.as_millis(),
            healed.as_millis()
        ))
    }

    async fn end(&mut self) -> Seen {
        let (mut socket, _) = self.open_socket().await?;
        self.alice.sign_out().await?;
        let close = tokio::time::timeout(PATIENCE, closed(&mut socket)).await;
        let close = close.map_err(|_| "the WebSocket outlived the session")?.ok_or("no close frame")?;
        let again = self.alice.browser.open_once(&format!("{}/", self.scene.payroll())).await?;
        expect(again.status == StatusCode::SEE_OTHER, || format!("payroll answered {} after sign-out", again.status))?;
        let report = self.scene.verify_ledger().await.map_err(|failure| failure.to_string())?;
        expect(report.is_whole(), || format!("the ledger is not whole: {:?}", report.first()))?;
        let listed = self.admin.list("/decisions?limit=500").await.map_err(|failure| failure.to_string())?.len();
        expect(listed >= self.requests, || format!("{listed} decisions are listed, {} were asked for", self.requests))?;
        Ok(format!(
            "cut with `{}`; the ledger verifies: {} entries, {} sealed access events, {listed} decisions listed",
            close.reason, report.entries, report.sealed_events
        ))
    }

    async fn open_socket(&mut self) -> Result<(WebSocket, String), Trouble> {
        let url = format!("{}/live", self.scene.payroll().replacen("https", "wss", 1));
        let mut socket = self.alice.browser.web_socket(&url).await?;
        socket.send(Message::text("is anybody there?")).await.map_err(|error| error.to_string())?;
        let message = tokio::time::timeout(PATIENCE, socket.next()).await.map_err(|_| "the WebSocket says nothing")?;
        match message {
            Some(Ok(Message::Text(text))) => Ok((socket, text.as_str().to_owned())),
            other => Err(format!("the WebSocket said {other:?}")),
        }
    }

    async fn wait_for_payroll(&mut self) -> Result<Duration, Trouble> {
        let began = Instant::now();
        let url = format!("{}/", self.scene.payroll());
        while began.elapsed() < PATIENCE {
            let answer = self.alice.browser.open_once(&url).await?;
            if answer.status == StatusCode::OK {
                return Ok(began.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err("payroll stayed closed after the port was closed".to_owned())
    }

    /// Follows redirects until the portal asks for stronger authentication, and says where.
    async fn follow_to_step_up(
        &self,
        person: &mut Person,
        mut answer: super::browser::Answer,
    ) -> Result<String, Trouble> {
        let wanted = format!("{}/step-up", self.scene.portal());
        for _ in 0..10 {
            let location = super::browser::absolute(&answer.url, answer.header("location"));
            if location.starts_with(&wanted) {
                return Ok(wanted);
            }
            expect(answer.status.is_redirection(), || format!("{} answered {}", answer.url, answer.status))?;
            answer = person.browser.open_once(&location).await?;
        }
        Err("a weaker sign-in is redirected for ever".to_owned())
    }

    async fn session_of(&self, user: &str) -> Result<Value, Trouble> {
        let mut sessions = self.admin.list("/sessions").await.map_err(|failure| failure.to_string())?;
        sessions.retain(|session| session.get("user").and_then(Value::as_str) == Some(user));
        sessions.pop().ok_or_else(|| format!("{user} has no session"))
    }

    async fn decision(&mut self, request: &str) -> Result<Value, Trouble> {
        self.requests += 1;
        let found = self.admin.send("GET", &format!("/decisions/{request}"), None).await;
        let found = found.map_err(|failure| failure.to_string())?;
        found.get("decision").cloned().ok_or_else(|| format!("request `{request}` has no decision"))
    }

    fn fresh_browser(&self) -> Result<Browser, Trouble> {
        self.scene.server_roots().map(Browser::new).map_err(|failure| failure.to_string())
    }
}

/// Reads until the other side closes; `None` when the connection breaks without a close frame.
async fn closed(socket: &mut WebSocket) -> Option<CloseFrame> {
    while let Some(message) = socket.next().await {
        match message {
            Ok(Message::Close(frame)) => return frame,
            Ok(_) => {}
            Err(_) => return None,
        }
    }
    None
}
