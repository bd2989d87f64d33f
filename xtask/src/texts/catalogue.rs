//! The texts of one `.ftl` file: keys, and the values that each text takes.

use std::collections::BTreeSet;

use crate::problem::{Problem, Source};

/// One file.
pub(super) struct Catalogue<'a> {
    /// Its path from the repository's root.
    pub(super) path: &'a str,
    /// Its texts, in order.
    pub(super) texts: Vec<Text<'a>>,
}

/// One text.
pub(super) struct Text<'a> {
    /// Its key.
    pub(super) key: &'a str,
    /// Its line.
    pub(super) line: usize,
    /// What is said, with the lines that continue it.
    said: String,
}

impl<'a> Catalogue<'a> {
    /// The texts of a file, and the keys that it gives twice.
    pub(super) fn of(source: &'a Source) -> (Self, Vec<Problem>) {
        let (mut texts, mut problems) = (Vec::<Text<'a>>::new(), Vec::new());
        for (index, line) in source.text.lines().enumerate() {
            let starts_a_text = line.starts_with(|first: char| first.is_ascii_lowercase());
            match line.split_once(" =").filter(|_| starts_a_text) {
                Some((key, said)) => {
                    if texts.iter().any(|text| text.key == key) {
                        let place = format!("{}:{}", source.path, index + 1);
                        problems.push(Problem::new(place, format!("`{key}` is given twice"), "remove one of the two"));
                    }
                    texts.push(Text { key, line: index + 1, said: said.to_owned() });
                }
                None if line.starts_with('#') => {}
                None => {
                    if let Some(text) = texts.last_mut() {
                        text.said.push_str(line);
                    }
                }
            }
        }
        (Self { path: &source.path, texts }, problems)
    }

    /// The text of a key.
    pub(super) fn text(&self, key: &str) -> Option<&Text<'a>> {
        self.texts.iter().find(|text| text.key == key)
    }
}

impl Text<'_> {
    /// The names of the values that it takes.
    pub(super) fn values(&self) -> BTreeSet<&str> {
        let starts = self.said.split('$').skip(1);
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        starts.filter_map(|rest| rest.split(|c| !is_name(c)).next()).filter(|name| !name.is_empty()).collect()
    }
}
