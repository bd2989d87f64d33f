//! One case against a gateway, and everything that must hold after it.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;

use crate::held;
use crate::{Case, Client, Expected, Recorded, Recorder, Request, Response};

/// The gateway under attack.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Its address.
    pub address: SocketAddr,
    /// TLS settings that trust it, with no protocol or `http/1.1` offered.
    pub tls: Arc<ClientConfig>,
    /// The same with `h2` offered.
    pub tls_h2: Arc<ClientConfig>,
    /// A host whose application the cookie's owner may use, except under `/admin/`.
    pub app: String,
    /// A host whose application the cookie's owner may not use.
    pub other: String,
    /// A `name=value` cookie pair that signs in at `app`.
    pub cookie: String,
    /// The origin of both applications.
    pub recorder: Recorder,
}

/// A case that came out as it must.
#[derive(Debug)]
pub struct Passed {
    /// The responses in order.
    pub responses: Vec<Response>,
    /// The requests that the origin saw, without the last one of the client's own.
    pub forwarded: Vec<Request>,
}

/// A case that did not come out as it must.
#[derive(Debug, thiserror::Error)]
#[error("{id}: {what}\n  sent {sent}\n  responses {responses:?}\n  the origin saw {seen:?}")]
pub struct Failure {
    /// Which case.
    pub id: String,
    /// What is wrong.
    pub what: String,
    /// What was sent.
    pub sent: String,
    /// The statuses and bodies that came back.
    pub responses: Vec<(u16, String)>,
    /// What the origin received, as text.
    pub seen: Vec<String>,
}

/// The request with which a client finds out whether the connection still is where it believes it to be.
const LAST: &str = "GET /last-of-all";

impl Setting {
    /// Runs a case.
    ///
    /// # Errors
    /// [`Failure`] when anything is other than it must be.
    pub async fn run(&self, case: &Case) -> Result<Passed, Box<Failure>> {
        self.recorder.forget();
        let bytes = self.fill_in(&case.bytes, &case.id);
        let responses = self.send(case, &bytes).await;
        let recorded = self.recorder.recorded_of(&case.id);
        let responses = responses.unwrap_or_default();
        let forwarded: Vec<Request> = recorded.strict.iter().filter(|request| request.line != LAST).cloned().collect();
        match self.judge(case, &responses, &forwarded, &recorded) {
            Ok(()) => Ok(Passed { responses, forwarded }),
            Err(what) => Err(Box::new(Failure {
                id: case.id.clone(),
                what,
                sent: String::from_utf8_lossy(&bytes).chars().take(300).collect::<String>().escape_debug().to_string(),
                responses: responses.iter().map(|response| (response.status, response.text())).collect(),
                seen: recorded.bytes.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect(),
            })),
        }
    }

    /// Sends a case and gives what came back, unjudged.
    ///
    /// # Errors
    /// When the gateway cannot be reached, or does not take all of it.
    pub async fn answers(&self, case: &Case) -> Result<Vec<Response>, crate::ClientError> {
        self.send(case, &self.fill_in(&case.bytes, &case.id)).await
    }

    fn fill_in(&self, bytes: &[u8], case: &str) -> Vec<u8> {
        // Attack bytes need not be UTF-8; the placeholders are ASCII, so each byte may stand for one character.
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        let text = text
            .replace("{app}", &self.app)
            .replace("{APP}", &self.app.to_ascii_uppercase())
            .replace("{other}", &self.other)
            .replace("{unknown}", "nobody-here.test")
            .replace("{cookie}", &self.cookie)
            .replace("{case}", case);
        text.chars().filter_map(|letter| u8::try_from(u32::from(letter)).ok()).collect()
    }

    fn host(&self, name: &str) -> String {
        String::from_utf8_lossy(&self.fill_in(name.as_bytes(), "")).into_owned()
    }

    /// Sends a case and reads every response, up to the end of the connection; where the connection stays open, one last
    /// request ends it.
    async fn send(&self, case: &Case, bytes: &[u8]) -> Result<Vec<Response>, crate::ClientError> {
        let mut client = Client::connect(self.address, self.tls.clone(), &self.host(case.server_name)).await?;
        client.send(bytes).await?;
        let method = if bytes.starts_with(b"HEAD") { "HEAD" } else { "GET" };
        let mut responses: Vec<Response> = Vec::new();
        while responses.len() < case.expected.responses() {
            match client.response(method).await {
                Ok(Some(response)) if response.status == 100 => {}
                Ok(Some(response)) => {
                    let closes = response.closes();
                    responses.push(response);
                    if closes {
                        break;
                    }
                }
                Ok(None) | Err(_) => break,
            }
        }
        if responses.last().is_some_and(|response| !response.closes()) {
            let last = format!(
                "{LAST} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nConnection: close\r\n\r\n",
                self.app, self.cookie
            );
            client.send(last.as_bytes()).await?;
            responses.extend(client.response("GET").await?);
        }
        while let Ok(Some(response)) = client.response("GET").await {
            responses.push(response);
        }
        Ok(responses)
    }

    fn judge(
        &self,
        case: &Case,
        responses: &[Response],
        forwarded: &[Request],
        recorded: &Recorded,
    ) -> Result<(), String> {
        let statuses: Vec<u16> = responses.iter().map(|response| response.status).collect();
        let lines: Vec<&str> = forwarded.iter().map(|request| request.line.as_str()).collect();
        let nothing_forwarded = || same("requests at the origin", &lines.as_slice(), &[].as_slice());
        match &case.expected {
            Expected::Refused(allowed) | Expected::RefusedMidway(allowed) => {
                let [only] = responses else { return Err(format!("one response was expected, not {statuses:?}")) };
                if !allowed.contains(&only.status) || !only.closes() {
                    return Err(format!("{allowed:?} and a close were expected, not {statuses:?}"));
                }
                nothing_forwarded()?;
                if matches!(case.expected, Expected::Refused(_)) && !recorded.bytes.is_empty() {
                    return Err("bytes reached the origin".to_owned());
                }
            }
            Expected::Denied => {
                is_denial(responses.first())?;
                nothing_forwarded()?;
            }
            Expected::Local(status) => {
                same("the status", &statuses.first(), &Some(status))?;
                nothing_forwarded()?;
            }
            Expected::Forwarded(expected) => {
                same("requests at the origin", &lines.as_slice(), expected)?;
                let bodies = responses.iter().filter(|response| response.text() == "for nobody").count();
                same("answers to nobody's request", &bodies, &0)?;
                let answers = statuses.get(..expected.len()).unwrap_or_default();
                if answers.len() != expected.len() || answers.iter().any(|status| *status != 200) {
                    return Err(format!("{} answers of 200 were expected", expected.len()));
                }
            }
            Expected::ThenDenied(expected) => {
                same("requests at the origin", &lines.as_slice(), expected)?;
                is_denial(responses.get(expected.len()))?;
            }
            Expected::NoAnswer => {
                same("responses", &statuses.as_slice(), &[].as_slice())?;
                nothing_forwarded()?;
            }
        }
        if responses.len() > case.expected.responses() + 1 {
            return Err(format!("more responses than requests: {statuses:?}"));
        }
        self.invariants(case, responses, recorded)
    }

    /// What must hold whatever the case.
    fn invariants(&self, case: &Case, responses: &[Response], recorded: &Recorded) -> Result<(), String> {
        let midway = matches!(case.expected, Expected::RefusedMidway(_));
        // I2: both parsers count the same requests, and nothing is left between them.
        if !midway && (recorded.left_over || recorded.strict.len() != recorded.lenient.len()) {
            return Err("the two parsers read different requests at the origin".to_owned());
        }
        for request in &recorded.strict {
            held::of_request(request)?;
        }
        // I9: the cookie's secret is in no answer.
        let secret = self.cookie.split_once('=').map_or("", |(_, value)| value);
        for response in responses {
            held::of_response(response)?;
            let fields: String = response.fields.iter().map(|(_, value)| value.as_str()).collect();
            if fields.contains(secret) || response.text().contains(secret) {
                return Err("the session cookie is in a response".to_owned());
            }
        }
        if recorded.bytes.iter().any(|bytes| String::from_utf8_lossy(bytes).contains(secret)) {
            return Err("the session cookie reached the origin".to_owned());
        }
        Ok(())
    }
}

impl Expected {
    /// How many responses the case itself has.
    const fn responses(&self) -> usize {
        match self {
            Self::Forwarded(requests) => requests.len(),
            Self::ThenDenied(requests) => requests.len() + 1,
            Self::Refused(_) | Self::RefusedMidway(_) | Self::Denied | Self::Local(_) | Self::NoAnswer => 1,
        }
    }
}

fn is_denial(response: Option<&Response>) -> Result<(), String> {
    match response.map(|response| response.status) {
        Some(303 | 401 | 403 | 404) => Ok(()),
        other => Err(format!("a denial was expected, not {other:?}")),
    }
}

pub(crate) fn same<T: PartialEq + std::fmt::Debug>(what: &str, seen: &T, expected: &T) -> Result<(), String> {
    if seen == expected { Ok(()) } else { Err(format!("{what}: {expected:?} expected, {seen:?} seen")) }
}
