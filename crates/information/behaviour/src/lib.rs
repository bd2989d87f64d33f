//! Behaviour: where people sign in from, and what is unusual about it for them.
//!
//! Country and number of the network (ASN) come from MMDB files that the operator puts into a folder; they become assessments of the
//! networks that somebody came from, which decisions read. What is usual for a person is learned from the events of their sign-ins,
//! after they were recorded: no request waits for it. What is unusual is a signal about the person, with what was usual and what was
//! seen; a step-up in the same session answers it. Too short a history raises nothing.
//!
//! Read on: `atlas` (the files), `profile` (what is known of a person), `judging` (what is unusual), `learning` (the task).

mod acts;
mod api;
mod atlas;
mod behaviour;
mod capability;
mod failure;
mod habits;
mod judging;
mod learning;
mod networks;
mod noticed;
mod pages;
mod place;
mod profile;
mod stored;
mod view;

pub use acts::BEHAVIOUR_READ;
pub use api::api;
pub use atlas::{Atlas, FileStanding};
pub use behaviour::{Behaviour, Standing};
pub use capability::capability;
pub use habits::Habits;
pub use judging::{FIRST_ACCESS, IMPOSSIBLE_TRAVEL, NEW_COUNTRY, UNUSUAL_HOUR, Unusual, judge_access, judge_sign_in};
pub use pages::pages;
pub use place::{Place, Spot};
pub use profile::{ENOUGH, History, Open, Profile, Seen};
