//! The OpenID Authorization API against the built binary: the scenes of its interoperability events, told anew.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod api;
mod board;
mod cases;
mod search;
mod vectors;
