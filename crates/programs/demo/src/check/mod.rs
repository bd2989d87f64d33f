//! `sekisho-demo --check`: the eight steps of one access, then one step for each capability of the pillars, over real sockets,
//! against the running demo.
//!
//! request → identity verified → device assessed → risk weighed → policy enforced → session watched → response adapted →
//! session ended with its evidence. Each step says what was expected and what was seen.

mod agent;
mod browser;
mod page;
mod person;
mod slices;
mod steps;

use sekisho::embedded::{Failure, line};

use crate::scene::Scene;
use browser::Trouble;

/// What a step saw, in words.
type Seen = Result<String, Trouble>;

/// Runs the steps, prints a line for each, and says whether all passed.
pub(crate) async fn run(scene: &Scene) -> Result<bool, Failure> {
    let mut steps = steps::Steps::new(scene).await?;
    let mut tally = Tally::default();
    for number in 1..=8 {
        let (title, expected) = steps::describe(number);
        tally.count(number, title, expected, steps.run(number).await)?;
    }
    for (number, slice) in (9..).zip(slices::ALL) {
        tally.count(number, slice.title, slice.expected, (slice.run)(scene).await)?;
    }
    let Tally { passed, failed } = tally;
    line(&format!("{passed} passed, {failed} failed"))?;
    Ok(failed == 0)
}

/// How many steps passed and failed.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
}

impl Tally {
    /// Prints what a step saw, and counts it.
    fn count(&mut self, number: u8, title: &str, expected: &str, seen: Seen) -> Result<(), Failure> {
        let (word, seen, counter) = match seen {
            Ok(seen) => ("ok  ", seen, &mut self.passed),
            Err(trouble) => ("FAIL", trouble, &mut self.failed),
        };
        *counter += 1;
        line(&format!("{word} {number} {title}\n       expected: {expected}\n       seen:     {seen}"))
    }
}

/// Turns a wrong sight into trouble.
fn expect(holds: bool, seen: impl FnOnce() -> String) -> Result<(), Trouble> {
    if holds { Ok(()) } else { Err(seen()) }
}
