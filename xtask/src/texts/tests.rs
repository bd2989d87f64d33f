//! Each kind of problem is found, and its neighbour is not.

use super::{Input, check};
use crate::problem::Source;

fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

fn found(english: &str, japanese: &str, code: &str) -> Vec<String> {
    let catalogues = [source("crates/a/messages/en.ftl", english), source("crates/a/messages/ja.ftl", japanese)];
    let users = [source("crates/a/src/lib.rs", code)];
    let written: Vec<Source> = catalogues.iter().chain(&users).cloned().collect();
    let problems = check(&Input { catalogues: &catalogues, users: &users, written: &written });
    problems.into_iter().map(|problem| format!("{} {}", problem.file, problem.message)).collect()
}

fn in_style(text: &str) -> bool {
    let written = [source("crates/a/src/lib.rs", &format!("let text = \"{text}\";"))];
    check(&Input { catalogues: &[], users: &[], written: &written }).is_empty()
}

#[test]
fn a_key_exists_in_both_languages_once_and_with_the_same_values() {
    assert!(found("a = A { $x }\n", "a = 甲 { $x }\n", "say(\"a\")").is_empty());
    assert_eq!(found("a = A\nb = B\n", "a = 甲\n", "(\"a\", \"b\")").len(), 1, "one language");
    assert_eq!(found("a = A { $x }\n", "a = 甲\n", "say(\"a\")").len(), 2, "each file is named");
    assert_eq!(found("a = A\na = A\n", "a = 甲\n", "say(\"a\")"), ["crates/a/messages/en.ftl:2 `a` is given twice"]);
    let plural = "a = { $n ->\n    [one] 1 { $n }\n   *[other] { $m }\n}\n";
    assert!(found(plural, "a = { $m } 個 { $n }\n", "say(\"a\")").is_empty(), "continued lines count");
}

#[test]
fn a_file_without_the_other_language_is_found() {
    let catalogues = [source("crates/a/messages/en.ftl", "a = A\n")];
    let users = [source("crates/a/src/lib.rs", "say(\"a\")")];
    assert_eq!(check(&Input { catalogues: &catalogues, users: &users, written: &[] }).len(), 1);
}

#[test]
fn a_key_is_used_and_what_is_used_exists() {
    assert_eq!(
        found("a = A\n", "a = 甲\n", "say(\"b\"); \"a\""),
        ["crates/a/src/lib.rs the key `b` is used and has no text"]
    );
    assert_eq!(found("a = A\n", "a = 甲\n", "").len(), 2, "unused in both files");
    let only_in_a_test = "\n#[cfg(test)]\nmod tests {\n say(\"a\") }";
    assert_eq!(found("a = A\n", "a = 甲\n", only_in_a_test).len(), 2);
    assert!(found("code-a-b = A\n", "code-a-b = 甲\n", "reason(\"a-b\")").is_empty(), "formed from a code");
    assert_eq!(found("code-a-b = A\n", "code-a-b = 甲\n", "reason(\"b\")").len(), 2, "the code is gone");
}

#[test]
fn a_reason_of_a_policy_is_given_in_both_languages() {
    let policy = |text: &str| {
        let written = [source("policies/a.cedar", text)];
        check(&Input { catalogues: &[], users: &[], written: &written }).len()
    };
    assert_eq!(policy("@reason(\"Staff only.\")\n@reason_ja(\"職員のみ。\")"), 0);
    assert_eq!(policy("@reason(\"Staff only.\")"), 1);
}

#[test]
fn japanese_is_written_in_one_style() {
    for good in [
        "6 桁のコード",
        "2023年11月15日 07:13",
        "API トークン",
        "端末「{name}」",
        "例：`a`",
        "（例）",
        "\\n\\n承認",
        "{n} 件",
        "[設定](a.md#apply-に渡すもの)と[端末](b.md)を参照",
    ] {
        assert!(in_style(good), "{good}");
    }
    for bad in
        ["6桁", "API トークンのURL", "{n}件", "例: a", "(例)", "端末 (例)", "これは?", "です!", "[設定](a.md)の(例)"]
    {
        assert!(!in_style(bad), "{bad}");
    }
}
