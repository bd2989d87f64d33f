//! The fold as its users see it: documents in, Worlds out.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod order;
mod rules;
mod support;
mod weights;
