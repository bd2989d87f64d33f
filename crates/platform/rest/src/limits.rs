//! What requests are limited to, for the routes and for the document that describes them.

use std::time::Duration;

/// The largest body in bytes of a route that takes a folder of documents.
pub(crate) const FOLDER: usize = 64 * 1024 * 1024;
/// The time within which such a body must have arrived.
pub(crate) const FOLDER_TIME: Duration = Duration::from_secs(600);
/// The largest body in bytes of every other route: a document with a long policy.
pub(crate) const BODY: usize = 1024 * 1024;
/// The time within which such a body must have arrived.
pub(crate) const BODY_TIME: Duration = Duration::from_secs(60);
/// Beyond this size in bytes a body is read away from the tasks that answer others, and few at once.
pub(crate) const LARGE: usize = 128 * 1024;
/// The largest body in bytes of a route that anybody may use, and the time within which it must have arrived.
pub(crate) const ANONYMOUS: usize = 32 * 1024;
pub(crate) const ANONYMOUS_TIME: Duration = Duration::from_secs(10);
/// The header field by which a repeated request is recognised.
pub(crate) const KEY_FIELD: &str = "idempotency-key";
/// The longest key in bytes.
pub(crate) const KEY: usize = 255;
