//! The options that choose the form of what is printed.

use std::ffi::OsStr;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::Output;
use super::times::zone_of_machine;

/// A form of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Form {
    /// Text and tables for people.
    #[default]
    Table,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

impl Form {
    pub(super) const fn is_for_programs(self) -> bool {
        matches!(self, Self::Json | Self::Yaml)
    }
}

/// How a command prints.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct Printing {
    /// The form of what is printed: `table` for people, `json` or `yaml` for programs.
    #[arg(short, long, value_name = "FORM", value_enum, default_value_t = Form::Table, hide_possible_values = true)]
    output: Form,
    /// Print JSON: the same as `--output json`.
    #[arg(long, conflicts_with = "output")]
    json: bool,
}

impl Printing {
    /// JSON.
    #[must_use]
    pub const fn json() -> Self {
        Self { output: Form::Json, json: false }
    }

    /// The form that was chosen.
    #[must_use]
    pub const fn form(self) -> Form {
        if self.json { Form::Json } else { self.output }
    }

    /// Prints so. Times are those of this machine's time zone: no platform is asked.
    #[must_use]
    pub fn output(self) -> Output {
        Output::new(self.form(), Arc::new(zone_of_machine()))
    }
}

/// Whether a command line asks for a form that programs read. It is known also when the rest of the line cannot be read.
pub fn is_for_programs<S: AsRef<OsStr>>(words: impl IntoIterator<Item = S>) -> bool {
    let mut names_form = false;
    for word in words {
        let word = word.as_ref().to_string_lossy();
        let form = match &*word {
            "--" => return false,
            "--json" => return true,
            "-o" | "--output" => {
                names_form = true;
                continue;
            }
            _ if names_form => &*word,
            _ => {
                let long = word.strip_prefix("--output=");
                long.or_else(|| word.strip_prefix("-o").map(|form| form.trim_start_matches('='))).unwrap_or_default()
            }
        };
        names_form = false;
        if Form::from_str(form, true).is_ok_and(Form::is_for_programs) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_for_programs_is_known_however_it_is_written() {
        for line in ["--json", "user lst --json", "-o json", "-ojson", "-o=yaml", "--output yaml", "--output=json"] {
            assert!(is_for_programs(line.split(' ')), "{line}");
        }
        for line in ["", "user list", "-o table", "--output=table", "connect x -- --json", "show json", "-o"] {
            assert!(!is_for_programs(line.split(' ')), "{line}");
        }
    }
}
