//! What the gateway calls outside itself, and the values that pass there.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::combinators::UnsyncBoxBody;
use sekisho_http_server::BodyError;
use sekisho_model::documents::ClientCertificate;
use sekisho_model::{Host, Language, PresentedDevice, ResourceId, SessionId, Timestamp};
use sekisho_policy_enforcement::RefusalView;

/// A request or response body, boxed.
pub type Body = UnsyncBoxBody<Bytes, BodyError>;

/// A service of our own behind the gateway: the portal with its console, the device API. Each request carries the extension
/// [`sekisho_model::Peer`].
pub type LocalService = Arc<dyn Fn(http::Request<Body>) -> BoxFuture<'static, http::Response<Body>> + Send + Sync>;

/// A host that one of our own services answers.
#[derive(Clone)]
pub struct LocalHost {
    /// The host.
    pub host: Host,
    /// Whether its TLS handshake asks for the device's certificate.
    pub client_certificate: ClientCertificate,
    /// The service.
    pub service: LocalService,
}

/// What a transfer code stood for: the portal transfers a session to an application's host by it. A code is consumed before its
/// ticket is returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionTransferTicket {
    /// The session that is transferred.
    pub session: SessionId,
    /// The resource whose host may receive it.
    pub resource: ResourceId,
    /// SHA-256 of the flow cookie's 32 bytes: only the browser that began may finish.
    pub flow: [u8; 32],
    /// Where to go on: a path with its query.
    pub return_to: String,
    /// When the code stops being valid.
    pub expires_at: Timestamp,
}

/// Consumes a transfer code (the 32 bytes in `/.sekisho/session?code=`), once.
pub type SessionTransfer = Arc<dyn Fn([u8; 32]) -> BoxFuture<'static, Option<SessionTransferTicket>> + Send + Sync>;

/// A rendered page.
#[derive(Debug, Clone)]
pub struct Page {
    /// The HTML document.
    pub html: String,
    /// Its `Content-Security-Policy`.
    pub content_security_policy: String,
}

/// Renders a refusal for a person. Without one, the gateway answers in plain text.
pub type PageRenderer = Arc<dyn Fn(&RefusalView, Language) -> Page + Send + Sync>;

/// Names the device of a client certificate (DER) that the TLS handshake verified.
pub type DeviceReader = Arc<dyn Fn(&[u8]) -> Option<PresentedDevice> + Send + Sync>;

/// The clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A session, and the last time that it asked for something.
pub type SessionActivity = (SessionId, Timestamp);

/// The system's clock.
#[must_use]
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    })
}
