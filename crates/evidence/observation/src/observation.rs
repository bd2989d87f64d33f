//! One exchange as an observation: identifiers and figures. It holds no cookie, token, path, query or body, and no name that a
//! client chose.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::Duration;

use arcstr::ArcStr;
use http::Method;
use sekisho_model::{RequestId, ResourceId, SessionId, Timestamp};

use crate::trace::Spans;

/// One exchange that is over.
#[derive(Debug, Clone)]
pub struct Observation {
    /// When it began.
    pub began: Timestamp,
    /// How long it took, to the last byte of its answer.
    pub took: Duration,
    /// Its identifier.
    pub request: RequestId,
    /// What it came by.
    pub protocol: Protocol,
    /// Its method; absent where no head could be read.
    pub method: Option<Method>,
    /// Where it came from.
    pub client: IpAddr,
    /// What it asked for, if that is a resource.
    pub resource: Option<ResourceId>,
    /// The session that it was asked in.
    pub session: Option<SessionId>,
    /// Whose session that is.
    pub subject: Option<ArcStr>,
    /// What it came to.
    pub outcome: Outcome,
    /// Why, as a stable code.
    pub reason: Option<Cow<'static, str>>,
    /// The status of the answer; absent when the client went away before it.
    pub status: Option<u16>,
    /// Bytes of its body, or of what the client sent into a tunnel.
    pub received: u64,
    /// Bytes of the answer's body, or of what came out of the tunnel.
    pub sent: u64,
    /// The decision on it.
    pub decided: Option<Decided>,
    /// When the resource was asked, and answered.
    pub forwarded: Option<Forwarded>,
    /// Its place in a trace, where traces are made.
    pub spans: Option<Spans>,
}

/// A decision.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The request whose recorded decision it is: this one, or the one whose decision was remembered.
    pub decision: RequestId,
    /// What it came to.
    pub outcome: Outcome,
    /// Why, as stable codes; none for a remembered decision, whose record has them.
    pub reasons: Vec<String>,
    /// When it was asked for, from the beginning of the exchange.
    pub at: Duration,
    /// How long it took, its record included.
    pub took: Duration,
}

/// When the resource was asked, and answered, from the beginning of the exchange.
#[derive(Debug, Clone, Copy)]
pub struct Forwarded {
    /// When it was asked.
    pub at: Duration,
    /// When the head of its answer was there.
    pub answered: Option<Duration>,
}

/// What an exchange came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.
    Http1,
    /// HTTP/2.
    Http2,
    /// A WebSocket, over either.
    WebSocket,
    /// A tunnel to a TCP service.
    Tunnel,
}

/// What an exchange came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Answered by Sekisho itself, without a decision: the portal, a device, an enforcement point, our own pages.
    Served,
    /// Permitted.
    Permit,
    /// The subject has to prove more.
    Challenge,
    /// Denied.
    Deny,
    /// Refused before there was a decision.
    Refused,
    /// Permitted, and cut when it no longer was.
    Cut,
}

impl Protocol {
    /// Its name in log and traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http1 => "http1",
            Self::Http2 => "http2",
            Self::WebSocket => "websocket",
            Self::Tunnel => "tunnel",
        }
    }
}

impl Outcome {
    /// Its name in log and traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Permit => "permit",
            Self::Challenge => "challenge",
            Self::Deny => "deny",
            Self::Refused => "refused",
            Self::Cut => "cut",
        }
    }
}

impl Observation {
    /// What is known at the beginning.
    #[must_use]
    pub fn begun(began: Timestamp, request: RequestId, client: IpAddr) -> Self {
        Self {
            began,
            took: Duration::ZERO,
            request,
            protocol: Protocol::Http1,
            method: None,
            client: client.to_canonical(),
            resource: None,
            session: None,
            subject: None,
            outcome: Outcome::Served,
            reason: None,
            status: None,
            received: 0,
            sent: 0,
            decided: None,
            forwarded: None,
            spans: None,
        }
    }

    #[cfg(test)]
    pub(crate) fn example() -> Self {
        Self::begun(Timestamp::from_millis(0), RequestId::new("R"), IpAddr::from([192, 0, 2, 1]))
    }
}
