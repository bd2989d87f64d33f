//! The tour of one request: docs/life-of-a-request.md lists files in order, and the header of each says the same.

#[cfg(test)]
mod tests;

use crate::problem::{Problem, Source};

/// The document that tells the tour.
pub(crate) const DOCUMENT: &str = "docs/life-of-a-request.md";

/// Every place where the document and the headers disagree.
pub(crate) fn check(document: &str, sources: &[Source]) -> Vec<Problem> {
    let steps = steps(document);
    let mut problems = Vec::new();
    if steps.is_empty() {
        let fix = "write a numbered list whose items begin with a link to a file";
        problems.push(Problem::new(DOCUMENT, "the tour has no step", fix));
    }
    for (index, step) in steps.iter().enumerate() {
        if step.number != index + 1 {
            let message = format!("step {} stands where step {} belongs", step.number, index + 1);
            problems.push(Problem::new(
                format!("{DOCUMENT}:{}", step.line),
                message,
                "number the steps from 1 without gap",
            ));
        }
        problems.extend(step_problem(step, steps.get(index + 1), sources));
    }
    for source in sources {
        if let Some(number) = step_in(&header(&source.text))
            && !steps.iter().any(|step| step.file == source.path)
        {
            let message =
                format!("the header says step {number} of the life of a request, and the tour does not list it");
            problems.push(Problem::new(&source.path, message, format!("list it in {DOCUMENT}, or change the header")));
        }
    }
    problems
}

struct Step {
    number: usize,
    file: String,
    line: usize,
}

/// The items `1. [text](../path) …` of the document.
fn steps(document: &str) -> Vec<Step> {
    let items = document.lines().enumerate().filter_map(|(index, line)| {
        let (number, rest) = line.split_once(". [")?;
        let (_, link) = rest.split_once("](")?;
        let (file, _) = link.split_once(')')?;
        let file = file.trim_start_matches("../").to_owned();
        Some(Step { number: number.parse().ok()?, file, line: index + 1 })
    });
    items.collect()
}

fn step_problem(step: &Step, next: Option<&Step>, sources: &[Source]) -> Option<Problem> {
    let Some(source) = sources.iter().find(|source| source.path == step.file) else {
        let place = format!("{DOCUMENT}:{}", step.line);
        return Some(Problem::new(place, format!("there is no `{}`", step.file), "list the file that does this step"));
    };
    let header = header(&source.text);
    let says = format!("Step {} of the life of a request", step.number);
    let next_says = next.map(|next| format!("`{}`", next.file));
    let is_complete =
        step_in(&header) == Some(step.number) && next_says.as_ref().is_none_or(|next| header.contains(next));
    (!is_complete).then(|| {
        let wanted = next_says.map_or_else(|| format!("{says}."), |next| format!("{says}; next: {next}."));
        let message = format!("the header does not say that it is step {} and what comes next", step.number);
        Problem::new(&source.path, message, format!("write into its header: //! {wanted}"))
    })
}

/// The `//!` lines at the top of a file as one text.
fn header(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}

fn step_in(header: &str) -> Option<usize> {
    let (before, _) = header.split_once(" of the life of a request")?;
    before.rsplit_once("Step ")?.1.parse().ok()
}
