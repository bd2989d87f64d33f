//! What would be decided with something supposed, as text.

use serde_json::Value;

use crate::output::cell;

/// Both answers side by side, and the conditions of the policies as they would stand.
#[must_use]
pub fn text(answers: &Value) -> String {
    let mut text = String::new();
    for (name, key) in [("now", "now"), ("what if", "then")] {
        let field = |field: &str| cell(answers.get(key).and_then(|answer| answer.get(field)));
        let codes = |list: &str| {
            let entries = answers.get(key).and_then(|answer| answer.get(list)).and_then(Value::as_array);
            let codes: Vec<String> = entries.into_iter().flatten().map(|entry| cell(entry.get("code"))).collect();
            codes.join(", ")
        };
        text.push_str(&format!("{name:<8} {}\n", field("outcome").to_uppercase()));
        for (label, value) in
            [("policies", field("policies")), ("reasons", codes("reasons")), ("remedies", codes("remedies"))]
        {
            if !value.is_empty() {
                text.push_str(&format!("  {label:<9} {value}\n"));
            }
        }
    }
    if answers.get("knows_session") == Some(&Value::Bool(false)) {
        text.push_str("the session has ended: a sign-in with a passkey just now is supposed\n");
    }
    text.push_str(&conditions(answers.get("policies")));
    text
}

/// The conditions of policies, each with its state and the values that it reads.
#[must_use]
pub fn conditions(policies: Option<&Value>) -> String {
    let mut text = String::new();
    for policy in policies.and_then(Value::as_array).into_iter().flatten() {
        let effect = if policy.get("permits") == Some(&Value::Bool(true)) { "permits" } else { "forbids" };
        text.push_str(&format!("{} {effect} when\n", cell(policy.get("id"))));
        for condition in policy.get("conditions").and_then(Value::as_array).into_iter().flatten() {
            let values = condition.get("values").and_then(Value::as_array).into_iter().flatten();
            let value = |value: &Value| format!("{} = {}", cell(value.get("name")), cell(value.get("value")));
            let values: Vec<String> = values.map(value).collect();
            let (state, condition) = (cell(condition.get("state")), cell(condition.get("text")));
            text.push_str(&format!("  {state:<9} {condition}   [{}]\n", values.join("; ")));
        }
    }
    text
}
