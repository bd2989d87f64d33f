//! What tests print: of a test that passed its first lines, where it stands; of one that failed its last lines, kept for the
//! very end, where nobody overlooks them.

use std::collections::VecDeque;

/// The number of lines that are shown of what a passed test printed. Further lines are dropped.
const OF_A_PASSED_TEST: usize = 16;
/// The number of last lines that are kept of what a failed test printed. Earlier lines are dropped.
const OF_A_FAILED_TEST: usize = 60;

/// Reads the output of test programs line by line.
#[derive(Debug, Default)]
pub(super) struct Output {
    section: Section,
    /// How many lines the test of the block printed so far.
    lines: usize,
    failures: Vec<Failure>,
}

/// Where in a test program's output the last line stood.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Section {
    /// Before, between and behind the blocks of tests.
    #[default]
    Between,
    /// The blocks of tests that passed; inside of one, or before the first.
    Passed { inside: bool },
    /// The same of those that failed.
    Failed { inside: bool },
}

/// A test that failed.
#[derive(Debug, PartialEq, Eq)]
struct Failure {
    name: String,
    printed: usize,
    last: VecDeque<String>,
}

impl Output {
    /// Takes a line; whether it is to be shown where it stands.
    pub(super) fn read(&mut self, line: &str) -> bool {
        let named = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----"));
        match (line, named, self.section) {
            ("successes:", ..) => self.enter(Section::Passed { inside: false }),
            ("failures:", ..) => self.enter(Section::Failed { inside: false }),
            (_, Some(_), Section::Passed { .. }) => self.enter(Section::Passed { inside: true }),
            (_, Some(name), Section::Failed { .. }) => {
                self.enter(Section::Failed { inside: true });
                self.failures.push(Failure { name: name.to_owned(), printed: 0, last: VecDeque::new() });
            }
            _ if line.starts_with("test result: ") => self.enter(Section::Between),
            (_, _, Section::Failed { inside: true }) => {
                self.failures.last_mut().into_iter().for_each(|it| it.add(line))
            }
            (_, _, Section::Passed { inside: true }) => {
                self.lines += 1;
                return self.lines <= OF_A_PASSED_TEST;
            }
            _ => {}
        }
        true
    }

    fn enter(&mut self, section: Section) {
        (self.section, self.lines) = (section, 0);
    }

    /// Every failed test with the last lines that it printed.
    pub(super) fn failures(&self) -> impl Iterator<Item = String> {
        self.failures.iter().map(|Failure { name, printed, last }| {
            let left_out = printed - last.len();
            let before = if left_out == 0 { String::new() } else { format!("  … {left_out} lines before …\n") };
            let lines: String = last.iter().map(|line| format!("  {line}\n")).collect();
            format!("\nFAILED TEST: {name}\n{before}{}", lines.trim_end_matches([' ', '\n']))
        })
    }
}

impl Failure {
    fn add(&mut self, line: &str) {
        self.printed += 1;
        if self.last.len() == OF_A_FAILED_TEST {
            self.last.pop_front();
        }
        self.last.push_back(line.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::{OF_A_FAILED_TEST, OF_A_PASSED_TEST, Output};

    fn read(output: &mut Output, text: &str) -> Vec<String> {
        text.lines().filter(|line| output.read(line)).map(str::to_owned).collect()
    }

    #[test]
    fn the_last_lines_of_a_failed_test_are_kept_with_its_name() {
        let mut output = Output::default();
        let many: String = (0..100).map(|number| format!("line {number}\n")).collect();
        let text = format!(
            "test a ... ok\n\nsuccesses:\n\nsuccesses:\n    a\n\nfailures:\n\n---- tables::b stdout ----\n{many}\n\
             ---- c stdout ----\nshort\n\nfailures:\n    c\n    tables::b\n\ntest result: FAILED. 1 passed; 2 failed\n"
        );
        let shown = read(&mut output, &text);
        assert_eq!(shown.len(), text.lines().count(), "what failed is shown where it stands, too");
        read(&mut output, "failures:\n\n---- other stdout ----\nof another program\n\ntest result: FAILED. 0 passed\n");
        let failures: Vec<String> = output.failures().collect();
        let [b, c, other] = failures.as_slice() else { panic!("{failures:?}") };
        assert!(b.starts_with("\nFAILED TEST: tables::b\n") && b.ends_with("line 99"), "{b}");
        assert_eq!(b.lines().count(), 1 + 2 + OF_A_FAILED_TEST - 1, "the empty line behind the output is cut off: {b}");
        assert!(c.ends_with("c\n  short") && other.ends_with("other\n  of another program"), "{c} {other}");
    }

    #[test]
    fn a_passed_test_shows_its_figures_and_no_flood() {
        let mut output = Output::default();
        let flood: String = (0..1000).map(|number| format!("line {number}\n")).collect();
        let text = format!(
            "\nsuccesses:\n\n---- a stdout ----\n{flood}\n\n---- b stdout ----\nattacks TUN: 16 cases, 0 failed\n\n\
             successes:\n    a\n    b\n\ntest result: ok. 2 passed; 0 failed\n"
        );
        let shown = read(&mut output, &text);
        assert!(shown.contains(&"attacks TUN: 16 cases, 0 failed".to_owned()), "{shown:?}");
        assert_eq!(shown.iter().filter(|line| line.starts_with("line ")).count(), OF_A_PASSED_TEST);
        assert_eq!(output.failures().count(), 0);
    }
}
