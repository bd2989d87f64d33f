//! The class of an act by its code. It is total: an act without a row of its own is Entity Management where it names what it is on,
//! and API Activity otherwise.

use sekisho_model::Act;
use serde_json::Value;

use crate::Class;

/// Class, activity and severity of an act, and whether it says that something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ActClass {
    pub(crate) class: Class,
    pub(crate) activity: u32,
    pub(crate) severity: u32,
    pub(crate) is_failure: bool,
}

pub(crate) fn classify(act: &Act) -> ActClass {
    let code = act.act.as_str();
    let of = |class, activity| ActClass { class, activity, severity: 1, is_failure: false };
    let failed = |class, activity| ActClass { class, activity, severity: 2, is_failure: true };
    let found = |class, severity| ActClass { class, activity: 1, severity, is_failure: false };
    match code {
        "sign-in" | "session-established" | "terminal-approved" | "workload-token-exchanged" => {
            of(Class::Authentication, 1)
        }
        "first-factor" => of(Class::Authentication, 6),
        "sign-in-failed" | "passkey-refused" | "step-up-refused" | "terminal-refused" | "session-device-refused" => {
            failed(Class::Authentication, 1)
        }
        "session-ended" | "sessions-ended" => of(Class::Authentication, 2),
        "sign-in-disowned" | "signal-raised" | "ledger-rolled-back" | "clock-implausible" => {
            found(Class::DetectionFinding, severity(act))
        }
        "device-compliance-changed" => found(Class::ComplianceFinding, 2),
        "requests-refused" => failed(Class::NetworkActivity, 5),
        _ => by_form(act),
    }
}

/// The class by the form of the code: findings by their endings, grants by their target, everything else by what is done.
fn by_form(act: &Act) -> ActClass {
    let (code, kind) = (act.act.as_str(), act.target.split_once('/').map(|(kind, _)| kind));
    let ends = |endings: &[&str]| endings.iter().any(|ending| code.ends_with(ending));
    let class = match kind {
        _ if ends(&["-found", "-detected", "-hit", "-matched"]) => finding(act),
        Some("grant" | "access-request") if ends(&["-approved", "-granted", "-put"]) => Class::AuthorizeSession,
        Some(_) => Class::EntityManagement,
        None => Class::ApiActivity,
    };
    // Who refuses a request for access did what they set out to do.
    let is_failure = code != "access-request-refused"
        && ends(&["-failed", "-refused", "-denied", "-limit", "not-done", "outcome-unknown"]);
    let activity = match class {
        Class::EntityManagement => entity_activity(code),
        Class::ApiActivity => match entity_activity(code) {
            activity @ 1..=4 => activity,
            _ => 99,
        },
        _ => 1,
    };
    let is_finding = class.uid() / 1000 == 2;
    let severity = if is_finding { severity(act) } else { 1 + u32::from(is_failure) };
    ActClass { class, activity, severity, is_failure }
}

/// A finding about a vulnerability names its CVE, one about data its label.
fn finding(act: &Act) -> Class {
    if act.detail.get("cve").is_some_and(Value::is_string) {
        Class::VulnerabilityFinding
    } else if act.detail.get("label").is_some_and(Value::is_string) {
        Class::DataSecurityFinding
    } else {
        Class::DetectionFinding
    }
}

fn entity_activity(code: &str) -> u32 {
    let ends = |endings: &[&str]| endings.iter().any(|ending| code.ends_with(ending));
    if ends(&["-enrolled"]) {
        6
    } else if ends(&["-enabled", "-resumed"]) {
        8
    } else if ends(&["-disabled"]) {
        9
    } else if ends(&["-removed", "-revoked", "-deleted", "-void", "-ended"]) {
        4
    } else if ends(&["-made", "-added", "-issued", "-created", "-requested"]) {
        1
    } else if ends(&["-read", "-listed", "-looked"]) {
        2
    } else if ends(&["-put", "-changed", "-renewed", "-renamed", "-reset", "-approved", "-accepted", "-reloaded"]) {
        3
    } else {
        99
    }
}

/// The severity of a finding: what it says itself, or that of its weight in the risk.
fn severity(act: &Act) -> u32 {
    let weight = act.detail.get("weight").and_then(Value::as_u64);
    match (act.detail.get("level").and_then(Value::as_str), weight) {
        (Some("critical"), _) => 5,
        (Some("high"), _) | (None, Some(60..)) => 4,
        (Some("low"), _) | (None, Some(..30)) => 2,
        (Some("informational"), _) => 1,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use sekisho_model::{Actor, Timestamp};
    use serde_json::json;

    use super::*;

    fn class(code: &str, target: &str, detail: Value) -> (Class, u32) {
        let (at, act, target) = (Timestamp::from_millis(0), code.to_owned(), target.to_owned());
        let classified = classify(&Act { at, actor: Actor::System, act, target, detail });
        (classified.class, classified.activity)
    }

    #[test]
    fn a_code_that_nobody_foresaw_has_a_class() {
        assert_eq!(class("playbook-admired", "playbook/one", Value::Null), (Class::EntityManagement, 99));
        assert_eq!(class("admired", "nothing", Value::Null), (Class::ApiActivity, 99));
        assert_eq!(class("label-removed", "label/secret", Value::Null), (Class::EntityManagement, 4));
    }

    #[test]
    fn findings_are_findings_and_a_document_with_such_an_identifier_is_none() {
        assert_eq!(
            class("vulnerability-found", "device/a", json!({"cve": "CVE-2026-1"})).0,
            Class::VulnerabilityFinding
        );
        assert_eq!(class("number-found", "resource/a", json!({"label": "my-number"})).0, Class::DataSecurityFinding);
        assert_eq!(class("rule-matched", "user/a", Value::Null).0, Class::DetectionFinding);
        assert_eq!(class("document-put", "user/rule-matched", Value::Null).0, Class::EntityManagement);
    }
}
