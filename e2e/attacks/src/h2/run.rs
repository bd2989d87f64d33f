//! One case of HTTP/2 against a gateway, and everything that must hold after it.

use super::{H2Case, H2Expected, Names, Peer, code, field, frame};
use crate::held;
use crate::run::same;
use crate::{Failure, Passed, Request, Setting};

/// The stream of the request that shows that a connection still serves.
const PROBE: u32 = 0x7001;

impl Setting {
    /// What the header blocks of cases are written with.
    #[must_use]
    pub fn names(&self) -> Names {
        Names { app: self.app.clone(), other: self.other.clone(), cookie: self.cookie.clone() }
    }

    /// Runs a case of HTTP/2.
    ///
    /// # Errors
    /// [`Failure`] when anything is other than it must be.
    pub async fn run_h2(&self, case: &H2Case) -> Result<Passed, Box<Failure>> {
        self.recorder.forget();
        let outcome = self.exchange(case).await;
        let recorded = self.recorder.recorded_of(&case.mark());
        let forwarded: Vec<Request> =
            recorded.strict.iter().filter(|request| request.line != "GET /probe").cloned().collect();
        let mut lines: Vec<&str> = forwarded.iter().map(|request| request.line.as_str()).collect();
        // Streams go on side by side: which of them the origin sees first is nobody's to say.
        lines.sort_unstable();
        let judged = outcome.and_then(|()| {
            let mut expected = if let H2Expected::Served(lines) = case.expected { lines.to_vec() } else { Vec::new() };
            expected.sort_unstable();
            same("requests at the origin", &lines, &expected)?;
            if (recorded.left_over && !case.midway) || recorded.strict.len() != recorded.lenient.len() {
                return Err("the two parsers read different requests at the origin".to_owned());
            }
            recorded.strict.iter().try_for_each(held::of_request)
        });
        match judged {
            Ok(()) => Ok(Passed { responses: Vec::new(), forwarded }),
            Err(what) => Err(Box::new(Failure {
                id: case.id.clone(),
                what: format!("{}: {what}", case.what),
                sent: format!("{:02x?}", case.bytes.get(..case.bytes.len().min(120)).unwrap_or_default()),
                responses: Vec::new(),
                seen: recorded.bytes.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect(),
            })),
        }
    }

    async fn exchange(&self, case: &H2Case) -> Result<(), String> {
        let peer = if case.bare {
            Peer::connect(self.address, self.tls_h2.clone(), &self.app).await
        } else {
            Peer::begin(self.address, self.tls_h2.clone(), &self.app).await
        };
        let mut peer = peer.map_err(|error| error.to_string())?;
        peer.send(&case.bytes).await;
        match case.expected {
            H2Expected::Connection(codes) => {
                peer.until(|seen| seen.closed).await;
                let right = peer.seen.going_away.iter().any(|code| codes.contains(code));
                if right && peer.seen.closed {
                    Ok(())
                } else {
                    Err(other(&peer, &format!("GOAWAY {codes:?} and the end")))
                }
            }
            H2Expected::Ends => {
                peer.until(|seen| seen.closed).await;
                if peer.seen.closed { Ok(()) } else { Err(other(&peer, "the end of the connection")) }
            }
            H2Expected::Stream(codes) => {
                let right = |code: &u32| codes.contains(code);
                let found = peer.until(|seen| seen.resets.values().chain(&seen.going_away).any(right)).await;
                if found { Ok(()) } else { Err(other(&peer, &format!("a stream error {codes:?}"))) }
            }
            H2Expected::Malformed => {
                // A denial says nothing of the message.
                let found = peer.until(|seen| {
                    seen.resets.values().chain(&seen.going_away).any(|code| *code == code::PROTOCOL_ERROR)
                        || seen.statuses.values().any(|status| matches!(status, 400 | 402 | 405..500))
                });
                if found.await { Ok(()) } else { Err(other(&peer, "a malformed message's end")) }
            }
            H2Expected::Status(statuses) => {
                let found = peer.until(|seen| seen.statuses.values().any(|status| statuses.contains(status)));
                if found.await { Ok(()) } else { Err(other(&peer, &format!("one of {statuses:?}"))) }
            }
            H2Expected::Served(lines) => self.serves_on(&mut peer, lines.len()).await,
        }
    }

    /// Whether everything was answered with 200, and one more request is too.
    async fn serves_on(&self, peer: &mut Peer, answers: usize) -> Result<(), String> {
        let all = |seen: &super::Ending| seen.statuses.values().filter(|status| **status == 200).count() == answers;
        if !peer.until(all).await {
            return Err(other(peer, &format!("{answers} answers of 200")));
        }
        let fields = [
            field(":method", "GET"),
            field(":scheme", "https"),
            field(":authority", &self.app),
            field(":path", "/probe"),
            field("cookie", &self.cookie),
        ];
        peer.send(&frame(1, 5, PROBE, fields.concat())).await;
        if peer.until(|seen| seen.statuses.contains_key(&PROBE)).await && peer.seen.statuses.get(&PROBE) == Some(&200) {
            Ok(())
        } else {
            Err(other(peer, "a connection that serves on"))
        }
    }
}

fn other(peer: &Peer, expected: &str) -> String {
    format!("{expected} was expected, {:?} came", peer.seen)
}
