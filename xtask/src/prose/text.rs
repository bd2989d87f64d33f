//! A text in which phrases are found across line ends and comment marks.

/// A text with single spaces, in lower case, that knows where each of its lines began.
pub(super) struct Prose {
    text: String,
    /// Where each line begins in `text`.
    begins: Vec<usize>,
}

impl Prose {
    /// Joins the lines of a text; marks of comments and indentation go.
    pub(super) fn of(text: &str) -> Self {
        let (mut joined, mut begins) = (String::new(), Vec::new());
        for line in text.lines() {
            begins.push(joined.len());
            let line = line.trim().trim_start_matches(['/', '!', '#', '>']).trim();
            line.split_whitespace().for_each(|word| {
                joined.push_str(&word.to_lowercase());
                joined.push(' ');
            });
        }
        Self { text: joined, begins }
    }

    /// The numbers of the lines, from 1, on which a phrase begins.
    pub(super) fn lines_of(&self, phrase: &str) -> impl Iterator<Item = usize> {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        self.text.match_indices(phrase).filter_map(move |(at, _)| {
            let before = self.text.get(..at).and_then(|before| before.chars().next_back());
            let after = self.text.get(at + phrase.len()..).and_then(|after| after.chars().next());
            // "There is none" is standard English; "a date in the future is none" is not.
            let is_standard =
                phrase.ends_with(" none") && self.text.get(..at).is_some_and(|text| text.ends_with("there "));
            let is_whole = !is_standard && !before.is_some_and(is_part) && !after.is_some_and(is_part);
            is_whole.then(|| self.begins.partition_point(|begin| *begin <= at))
        })
    }
}
