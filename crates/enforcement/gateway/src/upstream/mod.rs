//! The upstreams of one worker: their addresses, their health, their connections. Nothing here dials: connections are
//! handed in by [`crate::forward`], which holds a permit.

mod body;
mod foreword;
mod http2;
mod line;
mod origin;
mod place;
mod pump;
mod resets;
mod tls;

pub(crate) use body::{Part, UpstreamBody};
pub(crate) use line::{Line, Unanswered};
pub(crate) use origin::{Origin, Origins, Reuse};
pub(crate) use place::{Lease, Place};
