//! The names of attributes that a policy may read, from the schema: for completing them while somebody types.

use std::collections::BTreeMap;

use sekisho_policy_language::schema;

/// For each expression, the names that may stand behind it, as JSON.
pub(crate) fn json() -> String {
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (expression, block) in [
        ("principal", "entity User"),
        ("resource", "entity Resource"),
        ("context", "type Context"),
        ("context.device", "entity Device"),
        ("context.network", "type Network"),
        ("context.session", "type Session"),
    ] {
        names.insert(expression, members(block));
    }
    let words = ["permit", "forbid", "when", "unless", "principal", "action", "resource", "context", "has", "like"];
    names.insert("", words.to_vec());
    serde_json::to_string(&names).unwrap_or_default()
}

/// The members that a block of the schema declares.
fn members(block: &str) -> Vec<&'static str> {
    let start = schema::TEXT.split_once(block).map(|(_, rest)| rest).unwrap_or_default();
    let lines = start.lines().skip(1).map(str::trim).take_while(|line| !line.starts_with('}'));
    let named = lines.filter_map(|line| line.split_once(':')).map(|(name, _)| name.trim_end_matches('?'));
    named.filter(|name| name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_has_its_names() {
        let names: BTreeMap<String, Vec<String>> = serde_json::from_str(&json()).expect("JSON");
        for (expression, name) in [
            ("principal", "department"),
            ("resource", "sensitivity"),
            ("context", "grant"),
            ("context.device", "compliant"),
            ("context.network", "country"),
            ("context.session", "phishing_resistant"),
        ] {
            assert!(names[expression].iter().any(|known| known == name), "{expression}.{name}: {names:?}");
        }
        assert!(!names["principal"].iter().any(|known| known == "compliant"), "each block ends");
    }
}
