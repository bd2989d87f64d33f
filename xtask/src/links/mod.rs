//! Links between Markdown files: each leads to a file or folder that exists, and each `#part` to a heading.

#[cfg(test)]
mod tests;

use crate::problem::{Problem, Source};

/// The links that lead nowhere. `exists` answers for paths from the repository's root.
pub(crate) fn check(documents: &[Source], exists: &dyn Fn(&str) -> bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    for document in documents {
        for (line, target) in links(&document.text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, part) = target.split_once('#').map_or((target, None), |(file, part)| (file, Some(part)));
            let path = if file.is_empty() { document.path.clone() } else { resolve(&document.path, file) };
            let place = format!("{}:{line}", document.path);
            if !exists(&path) {
                let message = format!("the link `{target}` leads to `{path}`, which does not exist");
                problems.push(Problem::new(place, message, "correct the link, or write what it should lead to"));
            } else if let Some((part, linked)) = part.zip(documents.iter().find(|d| d.path == path))
                && !headings(&linked.text).any(|heading| heading == part)
            {
                let message = format!("`{path}` has no heading `#{part}`");
                problems.push(Problem::new(place, message, "correct the part after `#`"));
            }
        }
    }
    problems
}

/// The targets of `[text](target)` outside code, with their lines.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
        found.extend(targets.map(|target| (index + 1, target.split(' ').next().unwrap_or(target))));
    }
    found
}

/// The path from the root of a link in a document.
fn resolve(document: &str, link: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// The headings as links name them: lower case, blanks as hyphens, punctuation gone.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().filter(|line| line.starts_with('#'));
    lines.map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    })
}
