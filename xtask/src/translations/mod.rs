//! The guide in Japanese: each English page has a Japanese one with as many headings of each level and the same code blocks, and says
//! from which English text it was translated.
//!
//! The comment `<!-- of: HASH -->` in a Japanese page holds the beginning of the hash that git gives to the English page. So git still
//! has the text that was translated, and shows what changed since. Pages that the program generates have no such comment.

mod page;
#[cfg(test)]
mod tests;

use crate::problem::{Problem, Source};
use page::{blocks, headings, is_generated, mark, with_mark};

/// The folder of the English pages, from the repository's root.
pub(crate) const ENGLISH: &str = "docs/guide/";
/// The folder of the Japanese ones.
pub(crate) const JAPANESE: &str = "docs/guide/ja/";
/// Pages that exist in Japanese only.
const JAPANESE_ONLY: [&str; 1] = ["glossary.md"];
/// How many digits of a hash a page holds.
const DIGITS: usize = 12;

/// An English page and git's hash of it.
#[derive(Debug, Clone)]
pub(crate) struct Original {
    /// The page.
    pub(crate) page: Source,
    /// The hash of its bytes, in hexadecimal digits.
    pub(crate) hash: String,
}

impl Original {
    fn name(&self) -> &str {
        self.page.path.strip_prefix(ENGLISH).unwrap_or(&self.page.path)
    }

    fn short_hash(&self) -> &str {
        self.hash.get(..DIGITS).unwrap_or(&self.hash)
    }
}

/// The pages without a counterpart, those that differ from it, and those that are older.
pub(crate) fn check(english: &[Original], japanese: &[Source]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for original in english {
        let path = format!("{JAPANESE}{}", original.name());
        match japanese.iter().find(|page| page.path == path) {
            Some(translation) => problems.extend(compare(original, translation)),
            None => problems.push(Problem::new(&original.page.path, "has no Japanese page", format!("write `{path}`"))),
        }
    }
    problems.extend(japanese.iter().filter(|page| !has_original(english, page)).map(|page| {
        let fix = "write the English page, or remove this one";
        Problem::new(&page.path, "has no English page", fix)
    }));
    problems
}

/// The Japanese pages of those names, each marked as a translation of the English page as it is now.
pub(crate) fn renewed(english: &[Original], japanese: &[Source], names: &[&str]) -> Result<Vec<Source>, String> {
    let renewed = names.iter().map(|name| {
        let original = english.iter().find(|original| original.name() == *name);
        let path = format!("{JAPANESE}{name}");
        let translation = japanese.iter().find(|page| page.path == path);
        let (original, page) =
            original.zip(translation).ok_or_else(|| format!("no page `{name}` in both languages"))?;
        Ok(Source { path, text: with_mark(&page.text, original.short_hash()) })
    });
    renewed.collect()
}

fn has_original(english: &[Original], page: &Source) -> bool {
    let name = page.path.strip_prefix(JAPANESE).unwrap_or(&page.path);
    JAPANESE_ONLY.contains(&name) || english.iter().any(|original| original.name() == name)
}

fn compare(original: &Original, translation: &Source) -> Vec<Problem> {
    let (english, path) = (&original.page, translation.path.as_str());
    let mut problems = Vec::new();
    let levels = |text| headings(text).map(|(_, level)| level).collect::<Vec<_>>();
    if levels(&english.text) != levels(&translation.text) {
        let message = format!("its headings are not as many, or not of the levels, as those of `{}`", english.path);
        problems.push(Problem::new(path, message, "give both pages the same headings in the same order"));
    }
    if let Some(line) = different_block(&english.text, &translation.text) {
        let message = format!("the code block is not the one of `{}`", english.path);
        let fix = "write the same blocks, in the same order and with the same text";
        problems.push(Problem::new(format!("{path}:{line}"), message, fix));
    }
    if !is_generated(&english.text) {
        problems.extend(older(original, translation));
    }
    problems
}

/// The line of the Japanese page at which its code blocks part from those of the English one.
fn different_block(english: &str, japanese: &str) -> Option<usize> {
    let (english, japanese) = (blocks(english), blocks(japanese));
    let pairs = japanese.iter().zip(&english);
    let different = pairs.into_iter().find(|(here, there)| here.text != there.text).map(|(here, _)| here.line);
    let extra = japanese.get(english.len()).map(|block| block.line);
    let is_missing = japanese.len() < english.len();
    different.or(extra).or_else(|| is_missing.then(|| japanese.last().map_or(1, |block| block.line)))
}

fn older(original: &Original, translation: &Source) -> Option<Problem> {
    let (path, name, now) = (&original.page.path, original.name(), original.short_hash());
    let renew = format!("run `cargo xtask translations --write {name}`");
    match mark(&translation.text) {
        Some(of) if of == now => None,
        Some(of) => {
            let message = format!("is older than `{path}`: it is a translation of `{of}`, which is now `{now}`");
            let fix = format!("translate what `git show {of} | diff - {path}` shows, then {renew}");
            Some(Problem::new(&translation.path, message, fix))
        }
        None => {
            let message = format!("does not say of which text of `{path}` it is a translation");
            Some(Problem::new(&translation.path, message, format!("when it says the same, {renew}")))
        }
    }
}
