//! The example policies as a table that a review can read: `policies/decisions.md`. What changes there changes access.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::fmt::Write as _;

use sekisho_model::documents::Kind;
use sekisho_model::{Action, Method, MethodSet, Outcome};
use serde_json::json;
use support::{Ask, NOON, Office, minutes, remedies};

const TABLE: &str = include_str!("../../../../policies/decisions.md");
const POLICIES: [(&str, &str); 3] = [
    ("wiki", include_str!("../../../../policies/wiki.cedar")),
    ("payroll", include_str!("../../../../policies/payroll.cedar")),
    ("console", include_str!("../../../../policies/console.cedar")),
];
const RESOURCES: [&str; 3] = ["wiki", "payroll", "sekisho-console"];

/// Users by role: name, groups, clearance.
const ROLES: [(&str, &[&str], u8); 6] = [
    ("finance", &["staff", "finance"], 3),
    ("engineering", &["staff", "engineering"], 3),
    ("administrators", &["staff", "administrators"], 3),
    ("helpdesk", &["staff", "helpdesk"], 1),
    ("auditors", &["auditors"], 1),
    ("no group", &[], 0),
];

/// States of a request, by somebody of the finance department where nothing else is said.
const STATES: [&str; 12] = [
    "passkey now, compliant device",
    "passkey 15 minutes ago",
    "passkey 16 minutes ago",
    "password and TOTP",
    "password",
    "no device",
    "device out of compliance",
    "device silent for 6 minutes",
    "risk 60",
    "risk 90",
    "engineering, no grant",
    "engineering, under a grant",
];

fn office() -> Office {
    let mut office = Office::new("");
    for (name, text) in POLICIES {
        office.put(Kind::Policy, name, json!({"text": text}));
    }
    for group in ["helpdesk", "auditors"] {
        office.put(Kind::Group, group, json!({"id": group, "name": group}));
    }
    for (role, groups, clearance) in ROLES {
        let id = role.replace(' ', "-");
        office.put(Kind::User, &id, json!({"id": id, "name": id, "groups": groups, "clearance": clearance}));
    }
    // Whoever asks has it in hand, and it is nobody else's.
    office.put(
        Kind::Device,
        "alice-laptop",
        json!({"id": "alice-laptop", "name": "Laptop", "ownership": "corporate", "platform": "linux",
            "managed": true, "key_sha256": "ab".repeat(32), "public_key": "", "enrolled_at": 0}),
    );
    for (resource, sensitivity) in [("wiki", 1), ("payroll", 3), ("sekisho-console", 4)] {
        office.put(
            Kind::Resource,
            resource,
            json!({"id": resource, "name": {"en": resource}, "sensitivity": sensitivity}),
        );
    }
    office
}

fn table() -> String {
    let mut text = String::from("# What the example policies decide\n\n");
    text.push_str("Kept by `crates/decision/policy-engine/tests/table.rs`: ✔ permitted, ↑ challenged (sign in with a passkey), ✘ denied.\n\n");
    text.push_str("## Roles, each with a passkey used now, from a compliant device\n\n");
    let world = office().world();
    let header = |text: &mut String, first: &str| {
        let columns: Vec<String> = RESOURCES
            .iter()
            .flat_map(|resource| Action::ALL.map(|action| format!("{resource} {}", action.name())))
            .collect();
        writeln!(text, "| {first} | {} |", columns.join(" | ")).unwrap();
        writeln!(text, "|---|{}", "---|".repeat(columns.len())).unwrap();
    };
    header(&mut text, "role");
    for (role, ..) in ROLES {
        let user = if role == "no group" { "no-group" } else { role };
        let cells = RESOURCES.iter().flat_map(|resource| {
            let world = &world;
            Action::ALL.map(|action| mark(&Ask { action, ..Ask::new(user, resource) }.decide(world, NOON).kind()))
        });
        writeln!(text, "| {role} | {} |", cells.collect::<Vec<_>>().join(" | ")).unwrap();
    }
    text.push_str("\n## Other states, of somebody of the finance department where nothing else is said\n\n");
    text.push_str("| state | wiki read | payroll read | what would permit payroll |\n|---|---|---|---|\n");
    for state in STATES {
        let (mut office, mut ask) = (office(), Ask::new("finance", "payroll"));
        match state {
            "passkey 15 minutes ago" => ask.authenticated_at = minutes(-15),
            "passkey 16 minutes ago" => ask.authenticated_at = minutes(-16),
            "password and TOTP" => ask.methods = MethodSet::EMPTY.with(Method::Password).with(Method::Totp),
            "password" => ask.methods = MethodSet::EMPTY.with(Method::Password),
            "no device" => ask.device = None,
            "device out of compliance" => office.posture("alice-laptop", NOON, &["a-check"]),
            "device silent for 6 minutes" => office.posture("alice-laptop", minutes(-6), &[]),
            "risk 60" => office.put(Kind::Signal, "s", signal(60)),
            "risk 90" => office.put(Kind::Signal, "s", signal(90)),
            "engineering, no grant" => ask.user = "engineering",
            "engineering, under a grant" => {
                ask.user = "engineering";
                let grant = json!({"id": "g", "user": "engineering", "resource": "payroll", "until": minutes(30), "reason": "audit"});
                office.put(Kind::Grant, "g", grant);
            }
            _ => {}
        }
        let world = office.world();
        let payroll = ask.decide(&world, NOON);
        let wiki = Ask { resource: "wiki", ..ask }.decide(&world, NOON);
        let cells = [mark(&wiki.kind()).to_owned(), mark(&payroll.kind()).to_owned(), remedies(&payroll).join(", or ")];
        writeln!(text, "| {state} | {} |", cells.join(" | ")).unwrap();
    }
    text
}

fn signal(weight: u8) -> serde_json::Value {
    json!({"id": "s", "about": {"user": "finance"}, "name": "failed-sign-ins", "weight": weight, "seen_at": NOON,
        "ends_at": minutes(60)})
}

const fn mark(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Permit => "✔",
        Outcome::Challenge => "↑",
        Outcome::Deny => "✘",
    }
}

#[test]
fn the_example_policies_decide_what_their_table_says() {
    let table = table();
    assert!(table == TABLE, "policies/decisions.md should be, if this is what you want:\n{table}");
}
