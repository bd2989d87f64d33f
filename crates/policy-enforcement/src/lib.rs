//! The enforcement core: from the bytes of a request to a question for the policy engine or a refusal, and from a permit to
//! the head that the upstream gets. Pure by rule; the gateway is the shell around it.
//!
//! - [`RequestHead`]: one head that can be read in only one way, from HTTP/1 bytes or HTTP/2 fields (I-6);
//! - [`BodyReader`]: the body's framing, as strictly;
//! - [`route`], [`access_request`]: where it goes, and the question that it is;
//! - [`upstream_head`]: the head that the upstream gets, written anew (I-7);
//! - [`Refusal`], [`RefusalView`]: every way in which a request is not forwarded, and what is said about it;
//! - [`SessionCookie`]: which session, for which audience (I-15).

mod explanation;
mod malformed;
mod refusal;
mod session_cookie;
mod view;

pub use explanation::{Explanation, ReasonView, RemedyView};
pub use malformed::Malformed;
pub use refusal::{Refusal, RefusalKind};
pub use session_cookie::{Audience, CookieKey, SessionCookie};
pub use view::RefusalView;
