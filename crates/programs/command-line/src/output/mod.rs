//! What commands print: aligned text for people, one JSON or YAML value for programs.
//!
//! Everything goes out through this module, which lets no character through that steers a terminal: an answer may come from a hostile
//! platform. In a text such characters are left out; in JSON and YAML they are escaped, which keeps the value.

mod printing;
mod table;
mod text;
mod times;
mod yaml;

use std::io::{IsTerminal as _, Write as _, stdout};
use std::sync::Arc;

use sekisho_model::TimeZone;
use serde_json::Value;

use crate::Failure;
pub use printing::{Form, Printing, is_for_programs};
pub use table::Table;
pub(crate) use text::escaped;
pub use text::{cell, one_line, printable};
pub use times::Times;
pub(crate) use times::zone_of;

/// In which form results are printed, and in which time zone.
#[derive(Debug, Clone)]
pub struct Output {
    form: Form,
    times: Times,
}

impl Output {
    /// In a form; times are those of a time zone.
    #[must_use]
    pub const fn new(form: Form, zone: Arc<TimeZone>) -> Self {
        Self { form, times: Times::new(zone) }
    }

    /// Whether a program reads it.
    #[must_use]
    pub const fn is_for_programs(&self) -> bool {
        self.form.is_for_programs()
    }

    /// How points in time are written for people.
    #[must_use]
    pub const fn times(&self) -> &Times {
        &self.times
    }

    /// Prints a value: as it is for programs, through `text` for people.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn show(&self, value: &Value, text: impl FnOnce(&Value) -> String) -> Result<(), Failure> {
        match self.form {
            Form::Table => line(text(value).trim_end()),
            Form::Json => {
                let json = serde_json::to_string_pretty(value).map_err(Failure::failed)?;
                write_line(&escaped(&json)).map(drop)
            }
            Form::Yaml => write_line(yaml::of(value)?.trim_end()).map(drop),
        }
    }

    /// Prints one of several values that come one after the other: on one line of JSON, as a document of YAML, or as a text for people.
    /// `false` when nobody reads any more.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn show_line(&self, value: &Value, text: &str) -> Result<bool, Failure> {
        match self.form {
            Form::Table => write_line(&printable(text)),
            Form::Json => write_line(&escaped(&value.to_string())),
            Form::Yaml => write_line(&format!("---\n{}", yaml::of(value)?.trim_end())),
        }
    }

    /// Prints a list of objects as a table of some of their fields; see [`Table`] for how columns are named.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn table(&self, rows: &Value, columns: &[(&str, &str)], empty: &str) -> Result<(), Failure> {
        let list = rows.as_array().map(Vec::as_slice).unwrap_or_default();
        if self.is_for_programs() || list.is_empty() {
            return self.show(rows, |_| empty.to_owned());
        }
        let mut table = Table::on_terminal(columns, &self.times);
        write_line(&table.rows(list)).map(drop)
    }

    /// Prints further rows of a list that is followed. `false` when nobody reads any more.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn follow(&self, table: &mut Table<'_>, rows: &[Value]) -> Result<bool, Failure> {
        if !self.is_for_programs() {
            return write_line(&table.rows(rows));
        }
        for row in rows {
            if !self.show_line(row, "")? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Prints a text on standard output, without what steers a terminal; its line ends stay. A closed pipe is not an error.
///
/// # Errors
/// When standard output cannot be written.
pub fn line(text: &str) -> Result<(), Failure> {
    write_line(&printable(text)).map(drop)
}

/// Prints JSON that somebody hashes: byte for byte, but escaped where standard output is a terminal.
///
/// # Errors
/// When standard output cannot be written.
pub fn evidence(json: &str) -> Result<(), Failure> {
    if stdout().is_terminal() { write_line(&escaped(json)).map(drop) } else { write_line(json).map(drop) }
}

/// Prints a text on standard error, where a command says what its result on standard output does not.
pub fn note(text: &str) {
    // Nothing can be told to anybody when the terminal is gone.
    let _ = writeln!(std::io::stderr(), "{}", printable(text));
}

/// Writes at once, so that a reader of a pipe has each line when it is printed. `false` when the pipe is closed.
fn write_line(text: &str) -> Result<bool, Failure> {
    let mut out = stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        // The reader of a pipe may have seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::failed(error)),
    }
}
