//! The built `sekisho` binary, running: on free ports, with a folder of its own, ended with the value.

mod binary;
mod running;

pub use binary::binary;
pub use running::Platform;
