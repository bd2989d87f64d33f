//! Lists of files that do not yet pass a check. A list only shrinks: a file that is not on it must pass, a file that passes must be
//! taken off, and what all its files may hold together never grows.

use std::collections::BTreeMap;

use crate::problem::Problem;

/// One list: each line has a path and how much of what is checked the file may hold.
pub(crate) struct Exceptions<'a> {
    /// The list's path from the repository's root.
    pub(crate) path: &'a str,
    /// Its text.
    pub(crate) text: &'a str,
    /// The command that shortens it.
    pub(crate) command: &'a str,
}

impl Exceptions<'_> {
    /// Those of the problems, by file, that the list does not allow, and the lines of the list that are too generous.
    pub(crate) fn judge(&self, found: BTreeMap<String, Vec<Problem>>) -> Vec<Problem> {
        let mut allowed = self.allowed();
        let mut problems = Vec::new();
        for (file, list) in found {
            match allowed.remove(file.as_str()) {
                Some(count) if list.len() == count => {}
                Some(count) if list.len() < count => problems.push(self.too_generous(&file)),
                _ => problems.extend(list),
            }
        }
        problems.extend(allowed.into_keys().map(|file| self.too_generous(file)));
        problems
    }

    /// The list as it must be. While all files together hold no more than the list allows, it becomes what they hold, so that a file
    /// may move or be split. Otherwise what is not needed goes, and nothing is added.
    pub(crate) fn shortened(&self, found: &BTreeMap<String, Vec<Problem>>) -> String {
        let allowed = self.allowed();
        let sum: usize = found.values().map(Vec::len).sum();
        let is_growing = sum > allowed.values().sum();
        let count = |file: &str, list: &Vec<Problem>| match is_growing {
            true => allowed.get(file).map_or(0, |count| list.len().min(*count)),
            false => list.len(),
        };
        let lines = found.iter().map(|(file, list)| (file, count(file, list))).filter(|(_, count)| *count > 0);
        let comments = self.text.lines().filter(|line| line.starts_with('#')).map(|line| format!("{line}\n"));
        comments.chain(lines.map(|(file, count)| format!("{file} {count}\n"))).collect()
    }

    fn allowed(&self) -> BTreeMap<&str, usize> {
        let lines = self.text.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| line.split_once(' ')).map(|(file, n)| (file, n.trim().parse().unwrap_or(0))).collect()
    }

    fn too_generous(&self, file: &str) -> Problem {
        let message = format!("the list allows `{file}` more than it holds");
        Problem::new(self.path, message, format!("run `{}`: it shortens the list", self.command))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Exceptions<'_> {
        Exceptions { path: "list.txt", text, command: "shorten" }
    }

    fn found(files: &[(&str, usize)]) -> BTreeMap<String, Vec<Problem>> {
        let problems = |file: &str, count| (0..count).map(|_| Problem::new(file, "wrong", "right it")).collect();
        files.iter().map(|(file, count)| ((*file).to_owned(), problems(file, *count))).collect()
    }

    #[test]
    fn what_is_listed_passes_and_no_more() {
        assert!(list("a.rs 2\n").judge(found(&[("a.rs", 2)])).is_empty());
        assert_eq!(list("a.rs 2\n").judge(found(&[("a.rs", 3)])).len(), 3);
        assert_eq!(list("a.rs 2\n").judge(found(&[("a.rs", 2), ("b.rs", 1)])).len(), 1);
    }

    #[test]
    fn a_list_that_is_too_generous_fails() {
        for (text, files) in [("a.rs 2\n", &[("a.rs", 1)][..]), ("a.rs 2\n", &[])] {
            let problems = list(text).judge(found(files));
            assert!(problems.len() == 1 && problems[0].message.contains("more than it holds"), "{problems:?}");
        }
    }

    #[test]
    fn a_list_is_shortened_and_its_sum_never_grows() {
        let list = list("# why\nx/a.rs 2\nx/b.rs 1\n");
        let moved = found(&[("x/a.rs", 1), ("y/b.rs", 1)]);
        assert_eq!(list.shortened(&moved), "# why\nx/a.rs 1\ny/b.rs 1\n");
        let grown = found(&[("x/a.rs", 1), ("y/b.rs", 3)]);
        assert_eq!(list.shortened(&grown), "# why\nx/a.rs 1\n");
    }
}
