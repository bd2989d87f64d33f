//! What requests are limited to, for the routes and for the document that describes them.

/// The largest body in bytes: a folder of documents.
pub(crate) const BODY: usize = 64 * 1024 * 1024;
/// The header field by which a repeated request is recognised.
pub(crate) const KEY_FIELD: &str = "idempotency-key";
/// The longest key in bytes.
pub(crate) const KEY: usize = 255;
