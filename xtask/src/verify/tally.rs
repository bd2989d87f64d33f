//! How many tests passed and failed, added up from the result lines of the test programs.

use std::time::Duration;

/// The sum of all result lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Tests that passed.
    pub(super) passed: u64,
    failed: u64,
    ignored: u64,
}

impl Tally {
    /// Adds a line such as `test result: ok. 5 passed; 0 failed; 1 ignored; …`. Other lines count nothing.
    pub(super) fn read(&mut self, line: &str) {
        let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else {
            return;
        };
        for count in counts.split(';') {
            match count.trim().split_once(' ').map(|(number, what)| (number.parse::<u64>(), what)) {
                Some((Ok(number), "passed")) => self.passed += number,
                Some((Ok(number), "failed")) => self.failed += number,
                Some((Ok(number), "ignored")) => self.ignored += number,
                _ => {}
            }
        }
    }

    /// The same line for all of them.
    pub(super) fn line(&self, ok: bool, took: Duration) -> String {
        let verdict = if ok && self.failed == 0 { "ok" } else { "FAILED" };
        let Self { passed, failed, ignored } = self;
        format!(
            "test result: {verdict}. {passed} passed; {failed} failed; {ignored} ignored; finished in {:.2}s",
            took.as_secs_f64()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;
    use std::time::Duration;

    #[test]
    fn result_lines_add_up() {
        let mut tally = Tally::default();
        tally.read("test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s");
        tally.read("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s");
        tally.read("test some::name ... ok");
        assert_eq!(tally, Tally { passed: 8, failed: 2, ignored: 1 });
        let line = tally.line(true, Duration::from_millis(1500));
        assert_eq!(line, "test result: FAILED. 8 passed; 2 failed; 1 ignored; finished in 1.50s");
    }
}
