//! The check refuses what it should.

use super::check;
use crate::problem::{Problem, Source};

fn run(text: &str) -> Vec<Problem> {
    let documents = [
        Source { path: "docs/guide/a.md".into(), text: text.into() },
        Source { path: "docs/b.md".into(), text: "# One Title, here\n".into() },
    ];
    check(&documents, &|path| ["docs/guide/a.md", "docs/b.md", "crates/x", ""].contains(&path))
}

#[test]
fn links_that_lead_somewhere_pass() {
    let text =
        "# Me\n[b](../b.md) [x](../../crates/x) [w](https://example.org/) [t](../b.md#one-title-here) [m](#me)\n";
    assert_eq!(run(text), Vec::new());
}

#[test]
fn a_link_to_nothing_fails() {
    for text in ["[b](b.md)", "[b](../c.md)", "before [x](../b.md) and [y](../../crates/y)"] {
        assert_eq!(run(text).len(), 1, "{text}");
    }
}

#[test]
fn a_part_that_is_no_heading_fails() {
    assert_eq!(run("[b](../b.md#two)").len(), 1);
    assert_eq!(run("[b](#two)").len(), 1);
}

#[test]
fn code_is_not_read() {
    assert_eq!(run("```\n[b](b.md)\n```\n"), Vec::new());
}
