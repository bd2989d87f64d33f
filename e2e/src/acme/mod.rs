//! A certificate authority that speaks ACME (RFC 8555, 8737, 9773), as strict as the real ones and small: what a client does wrong
//! is refused and noted, a host is proven by a real handshake, and certificates are really signed. A test says how it behaves.

mod book;
mod conduct;
mod issuing;
mod message;
mod proof;
mod server;

pub use conduct::{Conduct, Refusal};
pub use proof::ask;
pub use server::AcmeServer;
