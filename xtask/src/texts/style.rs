//! One style of Japanese: a space between Japanese and Latin letters, digits or values, full-width punctuation beside Japanese.

use crate::problem::{Problem, Source};

/// What is written in another style and stays: the form of a header line.
const AS_IT_IS: [&str; 1] = ["名前: 値"];

/// The places of a file where Japanese is written in another style. Comments are not texts.
pub(super) fn check(source: &Source) -> Vec<Problem> {
    if source.is_test() && !source.path.starts_with("e2e/example-capability/") {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for (index, line) in source.without_tests().lines().enumerate() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        let line = AS_IT_IS.iter().fold(plain(line), |line, kept| line.replace(kept, ""));
        let characters: Vec<char> = line.chars().collect();
        let wrong = characters.windows(3).find_map(|three| match three {
            [before, middle, after] => wrong(*before, *middle, *after),
            _ => None,
        });
        if let Some(fix) = wrong {
            let place = format!("{}:{}", source.path, index + 1);
            problems.push(Problem::new(place, format!("`{}` is in another style", line.trim()), fix));
        }
    }
    problems
}

/// A line without escapes, which look like letters, without the targets of links, which hold no text, and with its end marked.
fn plain(line: &str) -> String {
    let line = line.replace("\\n", " ").replace("\\\"", "\"").replace("\\u{", "{");
    let (first, links) = line.split_once("](").unwrap_or((&line, ""));
    let behind = links.split("](").map(|link| link.split_once(')').map_or(link, |(_, behind)| behind));
    format!(" {first}{} ", behind.collect::<String>())
}

/// What to do about three characters in a row.
fn wrong(before: char, middle: char, after: char) -> Option<&'static str> {
    let is_date = |c: char| matches!(c, '年' | '月' | '日');
    let touches = |a: char, b: char| is_japanese(a) && is_narrow(b) && !is_date(a);
    if touches(before, middle) || touches(after, middle) {
        return Some("put a space between Japanese and Latin letters, digits or values; dates are written without");
    }
    let beside = is_japanese(before) || is_japanese(after);
    let opens = matches!(middle, '(' | ')') && beside;
    let apart =
        is_japanese(before) && middle == ' ' && after == '(' || before == ')' && middle == ' ' && is_japanese(after);
    let ends = is_japanese(before) && matches!(middle, ':' | ';' | '!' | '?' | ',');
    (opens || apart || ends).then_some("use full-width punctuation, without spaces, beside Japanese")
}

fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '々') && c != '・'
}

/// Letters, digits, and the braces of values.
fn is_narrow(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '{' | '}')
}
