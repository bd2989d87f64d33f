//! How commands fail: a message for a person and an exit status for a script (sysexits.h).

use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// What was typed, or a configuration file, is wrong (`EX_USAGE`).
pub(super) const USAGE: u8 = 64;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u8,
    message: String,
}

impl Failure {
    /// What the person wrote is wrong: status 64.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self { status: USAGE, message: message.to_string() }
    }

    /// The input data is wrong: status 65.
    pub(crate) fn data(message: impl fmt::Display) -> Self {
        Self { status: 65, message: message.to_string() }
    }

    /// What the command needs is not there (the platform is not running): status 69.
    pub(crate) fn unavailable(message: impl fmt::Display) -> Self {
        Self { status: 69, message: message.to_string() }
    }

    /// The platform refused or something failed: status 1.
    pub(crate) fn failed(message: impl fmt::Display) -> Self {
        Self { status: 1, message: message.to_string() }
    }

    /// Says so on standard error.
    pub(crate) fn report(&self) -> ExitCode {
        // Nothing can be told to anybody when the terminal is gone.
        let _ = writeln!(std::io::stderr(), "sekisho: {}", self.message);
        ExitCode::from(self.status)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
