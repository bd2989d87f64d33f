//! The policy administrator (PA): what was opened because of a decision is decided again, and ended when it is no longer
//! permitted. Pure: facts and times in, effects out.
//!
//! - [`Streams`]: every open exchange and stream of one worker. [`Streams::reassess`] for every new World,
//!   [`Streams::tick`] every second for what time moves. Both return the [`Cut`]s to carry out.
//! - [`SessionWatch`]: the sessions that reached their end or were idle too long.
//! - [`lease_holds`]: how long decisions may rest on a World that nobody confirms.

mod assess;
mod cut;
mod end_reasons;
mod index;
mod lease;
mod sessions;
mod streams;

pub use cut::Cut;
pub use end_reasons::{DRAINED, data_unreadable, drained, lease_ended};
pub use lease::lease_holds;
pub use sessions::{SessionEnding, SessionWatch};
pub use streams::{Closed, StreamKey, Streams};
