//! The guide and the README in Japanese: each English page has a Japanese one with as many headings of each level and the same code
//! blocks, which says from which English text it was translated.
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
/// The page outside of the guide, in English and in Japanese.
pub(crate) const README: (&str, &str) = ("README.md", "README.ja.md");
/// Pages that exist in Japanese only.
const JAPANESE_ONLY: [&str; 1] = ["docs/guide/ja/glossary.md"];
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
    /// Where the Japanese page is.
    fn translation(&self) -> String {
        match self.page.path.strip_prefix(ENGLISH) {
            Some(name) => format!("{JAPANESE}{name}"),
            None => README.1.to_owned(),
        }
    }

    fn short_hash(&self) -> &str {
        self.hash.get(..DIGITS).unwrap_or(&self.hash)
    }
}

/// The pages without a counterpart, those that differ from it, and those that are older.
pub(crate) fn check(english: &[Original], japanese: &[Source]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for original in english {
        let path = original.translation();
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

/// The Japanese pages of those English ones, each marked as a translation of the English page as it is now.
pub(crate) fn renewed(english: &[Original], japanese: &[Source], paths: &[&str]) -> Result<Vec<Source>, String> {
    let renewed = paths.iter().map(|path| {
        let original = english.iter().find(|original| original.page.path == *path);
        let original = original.ok_or_else(|| format!("`{path}` is no English page that is translated"))?;
        let page = japanese.iter().find(|page| page.path == original.translation());
        let page = page.ok_or_else(|| format!("`{path}` has no Japanese page"))?;
        Ok(Source { path: page.path.clone(), text: with_mark(&page.text, original.short_hash()) })
    });
    renewed.collect()
}

fn has_original(english: &[Original], page: &Source) -> bool {
    JAPANESE_ONLY.contains(&page.path.as_str()) || english.iter().any(|original| original.translation() == page.path)
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
    let (path, now) = (&original.page.path, original.short_hash());
    let renew = format!("run `cargo xtask translations --write {path}`");
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
