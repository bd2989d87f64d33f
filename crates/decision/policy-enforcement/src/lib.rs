//! The enforcement core: from the bytes of a request to a question for the policy engine or a refusal, and from a permit to
//! the head that the upstream gets. Pure by rule; the gateway is the shell around it.
//!
//! - [`RequestHead`]: one head that can be read in only one way, from HTTP/1 bytes or HTTP/2 fields (I-6);
//! - [`BodyReader`]: the body's framing, as strictly;
//! - [`route`], [`access_request`]: where it leads, and the question that it is;
//! - [`upstream_head`]: the head that the upstream gets, written anew (I-7);
//! - [`AnswerHead`], [`AnswerBody`]: what the upstream answers, read as strictly as a request (I-6);
//! - [`Refusal`], [`RefusalView`]: every way in which a request is not forwarded, and what is said about it;
//! - [`SessionCookie`]: which session, for which audience (I-15).

mod answer;
mod answer_fields;
mod answer_rewrite;
mod body;
mod caller;
mod claim;
mod cross_origin;
mod destination;
mod explanation;
mod grpc;
mod head;
mod health_head;
mod identity;
mod malformed;
mod malformed_ja;
mod method_override;
mod path;
mod refusal;
mod rewrite;
mod route;
mod session_cookie;
mod set_cookie;
mod stated;
mod target;
mod trace_context;
mod trailers;
mod transfer_address;
mod transport_security;
mod tunnel;
mod upstream;
mod view;
mod websocket;
mod workload;

pub use answer::{
    ANSWER_LIMITS, AnswerBody, AnswerFraming, AnswerHead, AnswerPart, AnswerScanner, BrokenAnswer, Question,
};
pub use answer_fields::{clean_local_response, clean_response};
pub use answer_rewrite::rewrite_answer;
pub use body::{BodyPart, BodyReader};
pub use caller::{Caller, token_hash};
pub use claim::Claim;
pub use cross_origin::{allow_origin, allowed_origin, preflight};
pub use explanation::{Explanation, ReasonView, RemedyView};
pub use grpc::{grpc_message, grpc_status};
pub use head::{
    Authority, BodyFraming, ConnectHead, Cookies, FLOW_COOKIE, Glimpse, HeadLimits, HeadScanner, Hops, RequestHead,
    Scheme, language_of,
};
pub use health_head::health_head;
pub use identity::{ASSERTION, REQUEST_ID};
pub use malformed::Malformed;
pub use refusal::{Refusal, RefusalKind};
pub use route::{
    Application, Connection, OwnPage, Route, Site, access_request, route, route_held, shown_session, shows_session_of,
};
pub use session_cookie::{Audience, CookieKey, SessionCookie};
pub use set_cookie::settle_cookie_domains;
pub use stated::{Stated, stated_request};
pub use trace_context::{TraceContext, TraceParent};
pub use trailers::clean_trailers;
pub use transfer_address::{TransferAddress, percent_decode, percent_encode};
pub use transport_security::{is_https_only, say_https_only};
pub use tunnel::{connect_request, connect_route, terminal_session};
pub use upstream::{Introduction, local_head, return_path, upstream_head};
pub use view::RefusalView;
pub use websocket::{FrameBoundary, close_frame};
pub use workload::WORKLOAD_TOKEN;
