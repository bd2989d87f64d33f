//! The acts on requests. Who approves is decided on the resource itself, so only looking at all requests needs a part of the platform.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at everybody's requests for access.
pub const REQUESTS_READ: ActSpec = ActSpec::new(
    "access-requests-read",
    Action::Read,
    Part::Resources,
    ("Look at requests for access", "利用申請の閲覧"),
);

/// The code under which a request is recorded.
pub(crate) const REQUESTED: &str = "access-requested";
/// The code under which an approval is recorded.
pub(crate) const APPROVED: &str = "access-request-approved";
/// The code under which a refusal is recorded.
pub(crate) const REFUSED: &str = "access-request-refused";
/// The code under which the end of a request by its author is recorded.
pub(crate) const WITHDRAWN: &str = "access-request-withdrawn";
/// The code under which the removal of old requests is recorded.
pub(crate) const SWEPT: &str = "access-requests-swept";
