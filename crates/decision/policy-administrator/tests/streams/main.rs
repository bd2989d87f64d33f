//! The administrator against real Worlds and real policies: what is open is what a fresh decision permits.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod cuts;
mod place;
mod property;
mod sessions;
