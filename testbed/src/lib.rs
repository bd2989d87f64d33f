//! What tests of several crates need: temporary services, an organisation, a clock that the test sets.
//!
//! Every helper stops the test at the first surprise. Nothing here is part of the product.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod clock;
mod eventually;
mod installation;
mod organisation;
mod services;
mod world;

pub use clock::VirtualClock;
pub use eventually::eventually;
pub use installation::{Installation, user};
pub use organisation::Organisation;
pub use services::TemporaryServices;
pub use world::follow;
