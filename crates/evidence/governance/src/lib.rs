//! How this installation stands against published frameworks, judged from live evidence.
//!
//! A [`Control`] measures one thing that the platform knows of itself: how many of the devices reported lately, whether policies read the
//! device, how fast cuts were. An [`Item`] of a framework (an activity of the DoD, a tenet of NIST SP 800-207, a policy of the Digital
//! Agency's DS-210) names the controls that tell how it stands. One task measures every control and publishes an [`Assessment`], which
//! pages, API and the OSCAL document read. An item that names no control is never met by itself: a process of people cannot be measured.
//!
//! The assessment is for people to look at: no decision reads it.
//!
//! Read on: `catalogue` (the items), `control` (what is measured), `assessment` (how an item stands).

mod api;
mod assessment;
mod capability;
mod catalogue;
mod control;
mod governance;
mod measure;
mod oscal;
mod pages;
mod permits;
mod seen;
mod view;

pub use api::api;
pub use assessment::{Assessment, Judged, State};
pub use capability::{GOVERNANCE_READ, capability};
pub use catalogue::{Framework, Item, items};
pub use control::Control;
pub use governance::Governance;
pub use measure::Measure;
pub use pages::pages;
