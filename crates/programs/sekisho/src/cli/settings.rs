//! `sekisho settings`

use std::fmt::Write as _;

use clap::Args;
use sekisho_model::Language;
use sekisho_terminal::language;
use serde_json::json;

use super::{Failure, Printing};
use crate::configuration::{Row, page, rows};

/// Every setting of the configuration file, in the language of this terminal.
#[derive(Debug, Args)]
pub(super) struct Settings {
    #[command(flatten)]
    printing: Printing,
    /// Print the reference page of the guide, in Markdown.
    #[arg(long, conflicts_with_all = ["json", "output"])]
    markdown: bool,
}

impl Settings {
    pub(super) fn run(self) -> Result<(), Failure> {
        if self.markdown {
            return super::line(page(language()).trim_end());
        }
        let rows = rows(language());
        self.printing.output().show(&json!(rows), |_| rows.iter().map(text).collect::<Vec<_>>().join("\n"))
    }
}

fn text(row: &Row) -> String {
    let (default, takes) = match language() {
        Language::English => ("default", "takes effect with"),
        Language::Japanese => ("既定値", "反映の時期"),
    };
    let mut text = format!("{} = {}\n    {}\n", row.name, row.value, row.text);
    for (label, value) in [(default, row.default.as_str()), (takes, row.takes)] {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "    {label}: {value}");
    }
    text
}
