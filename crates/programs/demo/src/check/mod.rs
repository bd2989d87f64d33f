//! `sekisho-demo --check`: the eight steps of one access, over real sockets, against the running demo.
//!
//! request → identity verified → device assessed → risk weighed → policy enforced → session watched → response adapted →
//! session ended with its evidence. Each step says what was expected and what was seen.

mod agent;
mod browser;
mod page;
mod person;
mod steps;

use sekisho::embedded::{Failure, line};

use crate::scene::Scene;
use browser::Trouble;

/// What a step saw, in words.
type Seen = Result<String, Trouble>;

/// Runs the steps, prints a line for each, and says whether all passed.
pub(crate) async fn run(scene: &Scene) -> Result<bool, Failure> {
    let mut steps = steps::Steps::new(scene).await?;
    let (mut passed, mut failed) = (0, 0);
    for number in 1..=8 {
        let (title, expected) = steps::describe(number);
        match steps.run(number).await {
            Ok(seen) => {
                passed += 1;
                line(&format!("ok   {number} {title}\n       expected: {expected}\n       seen:     {seen}"))?;
            }
            Err(trouble) => {
                failed += 1;
                line(&format!("FAIL {number} {title}\n       expected: {expected}\n       seen:     {trouble}"))?;
            }
        }
    }
    line(&format!("{passed} passed, {failed} failed"))?;
    Ok(failed == 0)
}

/// Turns a wrong sight into trouble.
fn expect(holds: bool, seen: impl FnOnce() -> String) -> Result<(), Trouble> {
    if holds { Ok(()) } else { Err(seen()) }
}
