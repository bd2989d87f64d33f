//! One question to the policy engine: may this subject, from this device, perform this action on this resource, now?

use std::fmt;
use std::sync::Arc;

use arcstr::ArcStr;
use serde::{Deserialize, Serialize};

use crate::facts::Handle;
use crate::{Action, Evidence, Host, NetworkFacts, SessionFacts};

/// The identifier of one request, shown to the person, kept in the ledger, sent to the upstream. 26 characters of
/// Crockford base 32 or a UUID; made by the shell, since pure crates have no randomness.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(ArcStr);

impl RequestId {
    /// The identifier with that text.
    #[must_use]
    pub fn new(text: impl Into<ArcStr>) -> Self {
        Self(text.into())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of the HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpFacts {
    /// The method, an upper-case token.
    pub method: ArcStr,
    /// The path, byte for byte what the upstream gets. Policies are asked about each of its readings too.
    pub path: ArcStr,
    /// The canonical host.
    pub host: Host,
    /// The method that a field of the request asks the application to serve it as.
    pub asked_as: Option<AskedAs>,
    /// The path that a `COPY` or `MOVE` writes to, byte for byte what the upstream gets.
    pub destination: Option<ArcStr>,
}

/// A method that stands in a field of a request, such as `X-HTTP-Method-Override`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedAs {
    /// The method.
    pub method: ArcStr,
    /// What it does.
    pub action: Action,
}

impl HttpFacts {
    /// A request whose fields name no other method and no other path.
    #[must_use]
    pub const fn new(method: ArcStr, path: ArcStr, host: Host) -> Self {
        Self { method, path, host, asked_as: None, destination: None }
    }

    /// The same request with another reading of its path.
    #[must_use]
    pub fn read_as(&self, path: ArcStr) -> Self {
        Self { path, ..self.clone() }
    }

    /// The same request about the path that it writes to.
    #[must_use]
    pub fn at_destination(&self) -> Option<Self> {
        let path = self.destination.clone()?;
        Some(Self { path, destination: None, ..self.clone() })
    }

    /// The same request served as another method.
    #[must_use]
    pub fn served_as(&self, method: &ArcStr) -> Self {
        Self { method: method.clone(), asked_as: None, ..self.clone() }
    }
}

/// What an [`AccessRequest`] is made of.
#[derive(Debug, Clone)]
pub struct RequestParts {
    /// The request's identifier.
    pub id: RequestId,
    /// The session that asks, and through it the subject.
    pub session: Arc<SessionFacts>,
    /// The device it asks from.
    pub device: Evidence<Handle>,
    /// The resource asked for.
    pub resource: Handle,
    /// What is asked.
    pub action: Action,
    /// Where it came from.
    pub network: NetworkFacts,
    /// The HTTP request, where it is one.
    pub http: Option<HttpFacts>,
}

/// One question to the policy engine: routed, canonical and resolved against one World. Immutable.
///
/// The second link of the chain of proofs: made from a parsed request head (or from an authenticated decision API call)
/// and consumed by `decide`. Clones share.
#[derive(Debug, Clone)]
pub struct AccessRequest(Arc<RequestParts>);

impl AccessRequest {
    /// The request with those parts.
    #[must_use]
    pub fn new(parts: RequestParts) -> Self {
        Self(Arc::new(parts))
    }

    /// The request's identifier.
    #[inline]
    #[must_use]
    pub fn id(&self) -> &RequestId {
        &self.0.id
    }

    /// Who asks.
    #[inline]
    #[must_use]
    pub fn subject(&self) -> Handle {
        self.0.session.subject
    }

    /// The session that asks.
    #[inline]
    #[must_use]
    pub fn session(&self) -> &Arc<SessionFacts> {
        &self.0.session
    }

    /// From what.
    #[inline]
    #[must_use]
    pub fn device(&self) -> &Evidence<Handle> {
        &self.0.device
    }

    /// For what.
    #[inline]
    #[must_use]
    pub fn resource(&self) -> Handle {
        self.0.resource
    }

    /// To do what.
    #[inline]
    #[must_use]
    pub fn action(&self) -> Action {
        self.0.action
    }

    /// From where.
    #[inline]
    #[must_use]
    pub fn network(&self) -> &NetworkFacts {
        &self.0.network
    }

    /// The HTTP request, where it is one.
    #[inline]
    #[must_use]
    pub fn http(&self) -> Option<&HttpFacts> {
        self.0.http.as_ref()
    }

    /// The same request seen from a newer World: its session, device and network as they are there.
    #[must_use]
    pub fn refreshed(&self, session: Arc<SessionFacts>, device: Evidence<Handle>, network: NetworkFacts) -> Self {
        Self::new(RequestParts { session, device, network, ..RequestParts::clone(&self.0) })
    }
}
