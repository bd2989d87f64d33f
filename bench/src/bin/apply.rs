//! What applying documents costs: the plan and the execution of 10,000 users and of 10,000 mixed documents, into a store that holds 10,000.
//!
//! The control plane runs in this process over an embedded database in the temporary folder, with the owner of the World: a plan is tried
//! out on a copy of its builder, and an execution waits until its World holds the change. "Mixed" is 6,000 users, 2,000 devices, 1,500
//! resources, 400 groups and 100 policies. Each set is applied when it is new, when every document differs, and when none does.
//! Last, one policy of 10,000 is changed.

use std::io::Write;
use std::time::Instant;

use sekisho_control_plane::{ApplyError, Desired};
use sekisho_model::Actor;
use sekisho_model::documents::Kind;
use sekisho_testbed::Installation;
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EACH: usize = 10_000;
const GROUPS: usize = 400;
const TARGET_MILLIS: u128 = 2_000;
const TARGET_POLICY_MILLIS: u128 = 1_000;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match measure().await {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => std::process::ExitCode::FAILURE,
        Err(error) => {
            say(&format!("not applied: {error}"));
            if let ApplyError::Documents(problems) = &error {
                problems.iter().take(3).for_each(|problem| say(&problem.to_string()));
            }
            if let ApplyError::World(problems) = &error {
                problems.iter().take(3).for_each(|problem| say(problem));
            }
            std::process::ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<bool, ApplyError> {
    let here = Installation::new().await;
    here.control_plane.bootstrap().await?;
    apply(&here, "10,000 mixed documents, into an empty store", &mixed("held", 1)).await?;
    let mut good = true;
    for (what, set) in [("users", users as fn(&str, u8) -> Vec<Desired>), ("mixed documents", mixed)] {
        let prefix = if what == "users" { "person" } else { "other" };
        for (state, clearance) in [("new", 1), ("changed", 2), ("unchanged", 2)] {
            let took = apply(&here, &format!("10,000 {what}, {state}"), &set(prefix, clearance)).await?;
            good &= judge(took, TARGET_MILLIS);
        }
    }
    apply(&here, "10,000 policies in 100 files", &policies(0)).await?;
    for round in 1..=3 {
        let took = apply(&here, "one policy of 10,000 changed, until it is in force", &policies(round)).await?;
        good &= judge(took, TARGET_POLICY_MILLIS);
    }
    Ok(good)
}

/// Plans and executes, and says how long both took.
async fn apply(here: &Installation, what: &str, desired: &[Desired]) -> Result<u128, ApplyError> {
    let began = Instant::now();
    let plan = here.control_plane.plan(desired, false).await?;
    let planned = began.elapsed().as_millis();
    here.control_plane.execute(&plan, Actor::Operator("bench".to_owned())).await?;
    let all = began.elapsed().as_millis();
    let (steps, executed) = (plan.steps.len(), all.saturating_sub(planned));
    say(&format!("{what}: {all} ms (plan {planned} ms, execution of {steps} steps {executed} ms)"));
    Ok(all)
}

fn judge(millis: u128, target: u128) -> bool {
    let verdict = if millis <= target { "within" } else { "over" };
    say(&format!("  {verdict} the target of {target} ms"));
    millis <= target
}

fn say(text: &str) {
    // A reader that closed the pipe does not want the figures.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

fn document(kind: Kind, id: String, body: Value) -> Desired {
    Desired { kind, id, body, origin: "-".to_owned() }
}

fn users(prefix: &str, clearance: u8) -> Vec<Desired> {
    (0..EACH).map(|n| user(prefix, n, clearance)).collect()
}

fn user(prefix: &str, n: usize, clearance: u8) -> Desired {
    let (id, groups) =
        (format!("{prefix}-{n}"), [0, 7, 31].map(|place| format!("held-group-{}", (n + place) % GROUPS)));
    let body = json!({
        "id": id, "name": format!("Person Number {n}"), "email": format!("{id}@mail.example.jp"), "employment": "staff",
        "department": format!("department-{}", n % 200), "clearance": clearance, "groups": groups,
        "attributes": {"cost-centre": format!("{}", n % 5_000)},
    });
    document(Kind::User, id, body)
}

/// 10,000 policies in 100 files; the first of them differs from round to round.
fn policies(round: usize) -> Vec<Desired> {
    let policy = |file: usize, n: usize| {
        let risk = if (file, n) == (0, 0) { 50 + round } else { 40 };
        format!(
            "@id(\"many-{file}-{n}\")\npermit (principal is Sekisho::User in Sekisho::Group::\"held-group-{}\", action, \
             resource == Sekisho::Resource::\"held-app-{}\") when {{ principal.clearance >= 1 && context.risk < {risk} }};\n",
            (file + n) % GROUPS,
            (file * 100 + n) % 1_500
        )
    };
    let file = |file: usize| {
        let text: String = (0..100).map(|n| policy(file, n)).collect();
        document(Kind::Policy, format!("many-{file}"), json!({ "text": text }))
    };
    (0..100).map(file).collect()
}

fn mixed(prefix: &str, level: u8) -> Vec<Desired> {
    let group = |n: usize| {
        let id = format!("{prefix}-group-{n}");
        document(Kind::Group, id.clone(), json!({"id": id, "name": format!("Group {n}, level {level}")}))
    };
    let device = |n: usize| {
        let id = format!("{prefix}-device-{n}");
        let body = json!({"id": id, "name": format!("Laptop {n}, level {level}"), "owner": format!("{prefix}-{n}"),
            "ownership": "corporate", "platform": "linux", "managed": true});
        document(Kind::Device, id, body)
    };
    let resource = |n: usize| {
        let id = format!("{prefix}-app-{n}");
        let body = json!({"id": id, "name": {"en": format!("Application {n}")}, "host": format!("{id}.localhost"),
            "upstream": "http://127.0.0.1:9", "sensitivity": level, "categories": [format!("kind-{}", n % 20)]});
        document(Kind::Resource, id, body)
    };
    let policy = |n: usize| {
        let text = format!(
            "@id(\"{prefix}-policy-{n}\")\npermit (principal is Sekisho::User in Sekisho::Group::\"{prefix}-group-{n}\", action, \
             resource == Sekisho::Resource::\"{prefix}-app-{n}\") when {{ principal.clearance >= {level} }};"
        );
        document(Kind::Policy, format!("{prefix}-policy-{n}"), json!({ "text": text }))
    };
    let groups = (0..GROUPS).map(group).chain((0..6_000).map(|n| user(prefix, n, level)));
    groups.chain((0..2_000).map(device)).chain((0..1_500).map(resource)).chain((0..100).map(policy)).collect()
}
