//! What is wrong with a data folder or a backup, and whose fault it is.

use std::fmt;

/// What is wrong.
#[derive(Debug)]
pub enum Problem {
    /// What was asked for, or the configuration.
    Usage(String),
    /// The data.
    Data(String),
    /// Something that is needed is not there or does not answer.
    Unavailable(String),
    /// Something failed.
    Failed(String),
}

impl Problem {
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self::Usage(message.to_string())
    }

    pub(crate) fn data(message: impl fmt::Display) -> Self {
        Self::Data(message.to_string())
    }

    pub(crate) fn unavailable(message: impl fmt::Display) -> Self {
        Self::Unavailable(message.to_string())
    }

    pub(crate) fn failed(message: impl fmt::Display) -> Self {
        Self::Failed(message.to_string())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(message) | Self::Data(message) | Self::Unavailable(message) | Self::Failed(message)) = self;
        f.write_str(message)
    }
}

impl std::error::Error for Problem {}
