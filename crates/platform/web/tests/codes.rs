//! Every code that the ledger, decisions and refusals use has a text in both languages: a new code without one fails here.
//!
//! The sources are searched for codes, because crates that cannot depend on the pages make them.

#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::path::Path;

use sekisho_web::messages::{has, text};

/// The sources of a crate or one file of it, without their tests.
fn sources(path: &str) -> Vec<String> {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder").flatten();
            open.extend(entries.map(|entry| entry.path()).filter(|path| !is_test(path)));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            found.push(text.split("#[cfg(test)]").next().unwrap_or_default().to_owned());
        }
    }
    assert!(!found.is_empty(), "{path} holds no sources");
    found
}

fn is_test(path: &Path) -> bool {
    path.file_stem().is_some_and(|name| name == "tests" || name == "target")
}

/// The literals of a text that are codes: words in lower case, joined by hyphens.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    let is_code = |literal: &&str| {
        literal.contains('-')
            && !literal.starts_with('-')
            && !literal.ends_with('-')
            && literal.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    text.split('"').skip(1).step_by(2).filter(is_code)
}

/// The codes in the statements that begin with one of these words.
fn codes_after<'t>(text: &'t str, starts: &[&str]) -> Vec<&'t str> {
    let statements = starts.iter().flat_map(|start| text.split(start).skip(1));
    let statements = statements.map(|rest| rest.split(';').next().unwrap_or_default());
    statements.flat_map(|statement| codes(statement).take(1)).collect()
}

fn assert_text(key: &str) {
    assert!(has(key), "no text: add `{key}` to messages/en.ftl and messages/ja.ftl");
    let text = text(key);
    assert!(text.ja.is_some_and(|ja| ja != text.en && ja != key), "no Japanese text: `{key}`");
}

#[test]
fn every_reason_remedy_and_cut_has_a_text() {
    let mut seen = 0;
    let files = ["reasons.rs", "remedy.rs"].map(|file| format!("decision/policy-engine/src/{file}"));
    for path in files.iter().map(String::as_str).chain(["decision/policy-administrator/src/cut.rs"]) {
        for source in sources(path) {
            // Comments and other texts hold quoted words as well.
            for code in codes(&source) {
                assert_text(&format!("code-{code}"));
                seen += 1;
            }
        }
    }
    assert!(seen >= 15, "{seen}");
}

#[test]
fn every_signal_has_a_text() {
    let identity = sources("information/identity/src/signals.rs").concat();
    let names = sources("decision/policy-information/src/trust/names.rs").concat();
    let raised: Vec<&str> = codes_after(&identity, &["about(user, "]).into_iter().chain(codes(&names)).collect();
    assert!(raised.len() >= 8, "{raised:?}");
    raised.iter().for_each(|name| assert_text(&format!("signal-{name}")));
}

#[test]
fn every_act_has_a_text() {
    let mut acts = Vec::new();
    for area in ["information/identity/src", "information/devices/src", "platform", "programs/sekisho/src/up"] {
        for source in sources(area) {
            let starts = [".begin(", "record(", "let act = ", "set_status(&context", "NOT_DONE: ", "UNKNOWN: "];
            acts.extend(codes_after(&source, &starts).into_iter().map(ToOwned::to_owned));
        }
    }
    acts.extend(["document-put", "document-removed", "requests-refused"].map(ToOwned::to_owned));
    acts.sort_unstable();
    acts.dedup();
    assert!(acts.len() >= 25, "{acts:?}");
    acts.iter().for_each(|act| assert_text(&format!("act-{act}")));
}
