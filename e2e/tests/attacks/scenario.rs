//! Attacks that are more than bytes: several connections, commands, time. A table of them, run against one ground.

use futures_util::future::BoxFuture;
use futures_util::stream::{StreamExt as _, iter};

use crate::bystander::Bystander;
use crate::ground::Ground;

/// How a scenario came out.
pub(crate) type Outcome = Result<(), String>;

/// One case on a ground, or on what stands on one.
pub(crate) struct Scenario<G: 'static = Ground> {
    /// The class and number in the catalogue of attacks, with a letter.
    pub(crate) id: &'static str,
    run: Box<Run<G>>,
}

type Run<G> = dyn for<'a> Fn(&'a G) -> BoxFuture<'a, Outcome> + Send + Sync;

impl<G> Scenario<G> {
    pub(crate) fn new(
        id: &'static str,
        run: impl for<'a> Fn(&'a G) -> BoxFuture<'a, Outcome> + Send + Sync + 'static,
    ) -> Self {
        Self { id, run: Box::new(run) }
    }

    /// Runs it with nobody beside it.
    pub(crate) async fn alone(&self, ground: &G) -> Outcome {
        (self.run)(ground).await.map_err(|error| format!("{}: {error}", self.id))
    }
}

/// Runs scenarios, so many at a time, while the bystander works. What failed, as sentences.
pub(crate) async fn run<G: Sync>(
    bystander: &Bystander,
    ground: &G,
    scenarios: &[Scenario<G>],
    at_once: usize,
) -> Vec<String> {
    let work = bystander.work();
    let outcomes = iter(scenarios).map(|scenario| scenario.alone(ground));
    let outcomes: Vec<Outcome> = outcomes.buffer_unordered(at_once).collect().await;
    let mut failures: Vec<String> = outcomes.into_iter().filter_map(Result::err).collect();
    match work.ends_well().await {
        Ok(worked) => println!("  {worked}"),
        Err(error) => failures.push(error),
    }
    failures
}

/// Says how a class came out, and fails if it did not come out well.
pub(crate) fn conclude(class: &str, count: usize, failures: &[String]) {
    println!("attacks {class}: {count} cases, {} failed", failures.len());
    assert!(failures.is_empty(), "{} of {count} failed:\n{}", failures.len(), failures.join("\n\n"));
}
