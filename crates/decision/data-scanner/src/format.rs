//! How a text is built, as far as that says what a value in it is.

/// How a text is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// It is found out from the beginning of the text.
    #[default]
    Unknown,
    /// Running text, or anything else.
    Text,
    /// Rows of fields with commas; the first row names the columns.
    Csv,
    /// The same with tabulators.
    Tsv,
    /// JSON.
    Json,
}

impl Format {
    /// The format that a media type (`Content-Type`) names.
    #[must_use]
    pub fn of_media_type(media_type: &str) -> Self {
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "text/csv" => Self::Csv,
            "text/tab-separated-values" => Self::Tsv,
            "application/json" => Self::Json,
            _ if essence.ends_with("+json") => Self::Json,
            _ => Self::Unknown,
        }
    }

    /// The format of a text that begins so.
    pub(crate) fn of_beginning(text: &[u8]) -> Self {
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text).trim_ascii_start();
        if matches!(text.first(), Some(b'{' | b'[')) {
            return Self::Json;
        }
        let mut lines = text.split(|byte| *byte == b'\n');
        let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        let is_table = |delimiter| count(first, delimiter) > 0 && count(first, delimiter) == count(second, delimiter);
        match () {
            () if is_table(b'\t') => Self::Tsv,
            () if is_table(b',') => Self::Csv,
            () => Self::Text,
        }
    }
}

/// The delimiters of a row outside of quoted fields.
fn count(row: &[u8], delimiter: u8) -> usize {
    let mut is_quoted = false;
    row.iter()
        .filter(|byte| {
            is_quoted ^= **byte == b'"';
            !is_quoted && **byte == delimiter
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_named_or_found_out() {
        assert_eq!(Format::of_media_type("text/csv; charset=Shift_JIS"), Format::Csv);
        assert_eq!(Format::of_media_type("application/problem+json"), Format::Json);
        assert_eq!(Format::of_media_type("text/plain"), Format::Unknown);
        assert_eq!(Format::of_beginning(b" {\"a\":1}"), Format::Json);
        assert_eq!(Format::of_beginning(b"a,b\n1,2\n"), Format::Csv);
        assert_eq!(Format::of_beginning(b"a,b\n\"1,5\",2\n"), Format::Csv);
        assert_eq!(Format::of_beginning(b"a\tb\n1\t2\n"), Format::Tsv);
        assert_eq!(Format::of_beginning(b"Dear all, hello\nand so on"), Format::Text);
    }
}
