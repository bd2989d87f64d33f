//! Governance: the assessment is made from live evidence, and what people do is never met by itself.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Seen, Slice};
use crate::check::expect;
use crate::scene::Scene;

/// How long the first assessment may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// An activity that the demonstration's checks of devices meet.
const CHECKED: &str = "dod-2.2.1";

pub(super) const SLICE: Slice = Slice {
    title: "governance",
    expected: "165 items of three frameworks are judged from live evidence; devices are checked; what people do is never met",
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Seen {
    let items = items(scene).await?;
    expect(items.len() == 165, || format!("{} items", items.len()))?;
    let process = state(&items, "dod-2.1.1");
    expect(process == "not-automatable", || format!("dod-2.1.1, which people do, is {process}"))?;
    let count = |wanted| items.iter().filter(|item| item.get("state").and_then(Value::as_str) == Some(wanted)).count();
    Ok(format!(
        "{} met, {} partly, {} not met, {} not measurable",
        count("met"),
        count("partial"),
        count("not-met"),
        count("not-automatable")
    ))
}

/// The items, once those that the demonstration meets are measured as met: its device was not compliant a moment ago.
async fn items(scene: &Scene) -> Result<Vec<Value>, String> {
    let began = Instant::now();
    loop {
        let seen = match scene.admin().list("/governance").await {
            Ok(items) if state(&items, CHECKED) == "met" => return Ok(items),
            Ok(items) => format!("{CHECKED} is {}", state(&items, CHECKED)),
            Err(failure) => failure.to_string(),
        };
        if began.elapsed() > PATIENCE {
            return Err(seen);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn state<'i>(items: &'i [Value], id: &str) -> &'i str {
    let found = items.iter().find(|item| item.get("id").and_then(Value::as_str) == Some(id));
    found.and_then(|item| item.get("state")).and_then(Value::as_str).unwrap_or_default()
}
