//! Why an exchange on one connection got no answer.

use http::Request;
use sekisho_http_server::RequestBody;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why no answer came.
pub(crate) enum Unanswered {
    /// Nothing was sent: here it is again.
    Unsent(Box<Request<RequestBody>>, Cause),
    /// The connection ended before the answer began.
    Closed(Cause),
    /// What came was no answer.
    Broken(Cause),
    /// Nothing came, and nothing of the request moved, for too long.
    TimedOut,
}
