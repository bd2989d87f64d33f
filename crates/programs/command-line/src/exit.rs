//! How commands fail: a message for a person and an exit status for a script (sysexits.h).

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

use sekisho_capability::ChangeError;
use sekisho_terminal::TerminalError;
use serde_json::json;

use crate::output::{escaped, printable};

/// What was typed, or a configuration file, is wrong (`EX_USAGE`).
pub const USAGE: u8 = 64;

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    status: u8,
    message: String,
}

impl Failure {
    /// What the person wrote is wrong: status 64.
    #[must_use]
    pub fn usage(message: impl fmt::Display) -> Self {
        Self { status: USAGE, message: message.to_string() }
    }

    /// The input data is wrong: status 65.
    #[must_use]
    pub fn data(message: impl fmt::Display) -> Self {
        Self { status: 65, message: message.to_string() }
    }

    /// What the command needs is not there (the platform is not running): status 69.
    #[must_use]
    pub fn unavailable(message: impl fmt::Display) -> Self {
        Self { status: 69, message: message.to_string() }
    }

    /// Nobody is signed in, or what was asked is not permitted: status 77.
    #[must_use]
    pub fn not_permitted(message: impl fmt::Display) -> Self {
        Self { status: 77, message: message.to_string() }
    }

    /// The platform refused or something failed: status 1.
    #[must_use]
    pub fn failed(message: impl fmt::Display) -> Self {
        Self { status: 1, message: message.to_string() }
    }

    /// The same failure, with what helps where the platform does not know what was asked for.
    #[must_use]
    pub fn or_else_try(mut self, remedy: impl fmt::Display) -> Self {
        if self.status == 65 {
            self.message.push_str(&format!("\n  → {remedy}"));
        }
        self
    }

    /// The status that the program exits with.
    #[cfg(test)]
    pub(crate) const fn status(&self) -> u8 {
        self.status
    }

    /// What a terminal came to: 77 when it is not permitted, 75 when it was open and is permitted no longer, 69 when the gateway
    /// or the service is not there.
    #[must_use]
    pub fn terminal(error: TerminalError) -> Self {
        let status = match &error {
            TerminalError::Denied(denial) if denial.is_of_the_service() => 69,
            TerminalError::Denied(_) | TerminalError::NotSignedIn(_) | TerminalError::Exposed { .. } => 77,
            TerminalError::Refused | TerminalError::Expired => 77,
            TerminalError::Cut(_) => 75,
            TerminalError::Unreachable { .. } | TerminalError::NoFurtherConnection { .. } => 69,
            TerminalError::Broken(_) | TerminalError::Listen { .. } => 69,
            TerminalError::NoHome | TerminalError::WouldExpose(_) | TerminalError::Agent(_) => USAGE,
            TerminalError::Damaged(_) => 65,
            TerminalError::File { .. } | TerminalError::Unexpected(_) => 1,
        };
        Self { status, message: error.to_string() }
    }

    /// Says so on standard error: to a person as a text, to a program, which asked for JSON, as an object on one line.
    pub fn report(&self, as_json: bool) -> ExitCode {
        let text = if as_json {
            escaped(&json!({ "error": self.message, "exit_status": self.status }).to_string()).into_owned()
        } else {
            printable(&format!("sekisho: {}", self.message))
        };
        // Nothing can be told to anybody when the terminal is gone.
        let _ = writeln!(std::io::stderr(), "{text}");
        ExitCode::from(self.status)
    }
}

impl From<ChangeError> for Failure {
    fn from(error: ChangeError) -> Self {
        Self::failed(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
