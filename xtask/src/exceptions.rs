//! Lists of files that do not yet pass a check. A list only shrinks: a file that is not on it must pass, and a file that passes
//! must be taken off.

use std::collections::BTreeMap;

use crate::problem::{Problem, Source};

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

    /// The list as it must be: nothing is added, what is no longer needed goes, and the line of a file that has moved follows it.
    pub(crate) fn shortened(&self, found: &BTreeMap<String, Vec<Problem>>, sources: &[Source]) -> String {
        let mut lines = BTreeMap::new();
        for (file, count) in self.allowed() {
            let is_there = sources.iter().any(|source| source.path == file);
            let now =
                if is_there { Some(file) } else { found.keys().map(String::as_str).find(|new| is_moved(file, new)) };
            let Some((now, list)) = now.and_then(|now| Some((now, found.get(now)?))) else { continue };
            lines.insert(now.to_owned(), count.min(list.len()));
        }
        let comments = self.text.lines().filter(|line| line.starts_with('#')).map(|line| format!("{line}\n"));
        comments.chain(lines.into_iter().map(|(file, count)| format!("{file} {count}\n"))).collect()
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

/// Whether a file is probably the same in another folder: the last two parts of the path, or the last of a name that says something.
fn is_moved(old: &str, new: &str) -> bool {
    let parts = |path: &str| path.rsplit('/').take(2).map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (parts(old), parts(new));
    let plain = ["mod.rs", "lib.rs", "main.rs", "tests.rs"];
    old == new || (old.first() == new.first() && !old.first().is_some_and(|name| plain.contains(&name.as_str())))
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
    fn a_list_is_shortened_and_never_lengthened() {
        let source = |path: &str| Source { path: path.to_owned(), text: String::new() };
        let found = found(&[("x/a.rs", 1), ("y/b.rs", 3), ("x/new.rs", 1), ("y/mod.rs", 1)]);
        let sources = ["x/a.rs", "y/b.rs", "x/new.rs", "y/mod.rs"].map(source);
        let text = "# why\nx/a.rs 2\nx/b.rs 1\nx/gone.rs 4\nx/mod.rs 1\n";
        assert_eq!(list(text).shortened(&found, &sources), "# why\nx/a.rs 1\ny/b.rs 1\n");
    }
}
