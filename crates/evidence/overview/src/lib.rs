//! Figures of the last hour and of what is in force now, computed once for everybody who looks.
//!
//! One task reads the entries that the ledger took since its last turn, counts them by minute in [`Hour`], and counts the World's
//! devices and sessions in [`Fleet`] and [`People`]. It publishes [`Figures`]; a page that shows them reads the newest, and a live page
//! holds a [`Place`]. At its start the task reads the recent entries, so a restarted process shows the same hour as before.
//!
//! The figures are for people to look at: no decision reads them.

mod capability;
mod counting;
mod delays;
mod figures;
mod fleet;
mod hour;
mod overview;
mod people;
mod places;

pub use capability::capability;
pub use delays::{DELAYS_MS, Delays};
pub use figures::{Figures, LedgerFigures};
pub use fleet::Fleet;
pub use hour::{Counts, Hour, MINUTES, Minute};
pub use overview::Overview;
pub use people::{People, RISK_BANDS, SignedIn};
pub use places::Place;
