//! What is wrong with a configuration file: where, what, and how to mend it.

use std::fmt;
use std::path::{Path, PathBuf};

use sekisho_control_plane::nearest;

/// A problem in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigurationProblem {
    file: PathBuf,
    line: Option<usize>,
    field: Option<String>,
    message: String,
}

impl ConfigurationProblem {
    /// The file cannot be read.
    pub(super) fn unreadable(file: &Path, source: &std::io::Error) -> Self {
        let message = format!("cannot be read: {source}; name a readable file with `--config FILE`");
        Self { file: file.to_owned(), line: None, field: None, message }
    }

    /// The text is not TOML, has an unknown or missing field, or a value of the wrong form.
    /// `explain` adds to the parser's message about a field how its value is written.
    pub(super) fn syntax(
        file: &Path,
        text: &str,
        error: &toml::de::Error,
        explain: impl Fn(&str, &str) -> String,
    ) -> Self {
        let line = error.span().map(|span| line_of(text, span.start));
        let field = line.and_then(|line| text.lines().nth(line - 1)).and_then(field_in);
        let message = mended(field.as_deref().unwrap_or_default(), error.message(), explain);
        Self { file: file.to_owned(), line, field, message }
    }

    /// The file does not name a setting that has no default.
    pub(super) fn missing(file: &Path, name: &str) -> Self {
        let message = "is missing: it has no default, so the file must name it".to_owned();
        Self { file: file.to_owned(), line: None, field: Some(name.to_owned()), message }
    }

    /// A value has the right form and is out of range.
    pub(super) fn value(file: &Path, text: &str, field: &str, message: &str) -> Self {
        let line = text.lines().position(|line| field_in(line).as_deref() == Some(field)).map(|at| at + 1);
        Self { file: file.to_owned(), line, field: Some(field.to_owned()), message: message.to_owned() }
    }

    /// The same in a table: the line of the field, or where it is not written that of the table itself.
    pub(super) fn within(file: &Path, text: &str, table: &str, field: &str, message: &str) -> Self {
        let lines = || text.lines().enumerate();
        let heads = |line: &str| line.trim() == format!("[{table}]") || field_in(line).as_deref() == Some(table);
        let of_table = lines().position(|(_, line)| heads(line));
        let within =
            lines().skip(of_table.map_or(0, |at| at + 1)).take_while(|(_, line)| !line.trim().starts_with('['));
        let of_field = within.filter(|(_, line)| field_in(line).as_deref() == Some(field)).map(|(at, _)| at).next();
        let field = if field.is_empty() { table.to_owned() } else { format!("{table}.{field}") };
        let line = of_field.or(of_table).map(|at| at + 1);
        Self { file: file.to_owned(), line, field: Some(field), message: message.to_owned() }
    }
}

impl fmt::Display for ConfigurationProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(field) = &self.field {
            write!(f, ": `{field}`")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for ConfigurationProblem {}

/// The parser's message about a field, with what to write instead.
fn mended(field: &str, said: &str, explain: impl Fn(&str, &str) -> String) -> String {
    if let Some(rest) = said.strip_prefix("unknown field `") {
        let (wrong, known) = rest.split_once('`').unwrap_or((rest, ""));
        let nearest = nearest(wrong, known.split('`').skip(1).step_by(2));
        return nearest.map_or(said.to_owned(), |nearest| format!("{said}; did you mean `{nearest}`?"));
    }
    explain(field, said)
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn field_in(line: &str) -> Option<String> {
    let (name, _) = line.split_once('=')?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}
