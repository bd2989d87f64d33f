//! Keys against their uses: each key that is used exists, and each that exists is used.

use std::collections::BTreeSet;

use super::catalogue::Catalogue;
use crate::problem::{Problem, Source};

/// What a use of a key begins with.
const USES: [&str; 6] =
    ["say(\"", "say_with(\"", "say_all(\"", "messages::text(\"", "text_with(\"", "say(language, \""];

/// The keys that are used and do not exist, and the keys that exist and are not used.
pub(super) fn check(known: &[Catalogue<'_>], users: &[Source], formed: &[&str]) -> Vec<Problem> {
    let keys: BTreeSet<&str> = known.iter().flat_map(|catalogue| &catalogue.texts).map(|text| text.key).collect();
    let mut problems = Vec::new();
    let mut literals = BTreeSet::new();
    for source in users.iter().filter(|source| !is_test(source)) {
        let text = source.without_tests();
        literals.extend(text.split('"'));
        for key in USES.iter().flat_map(|start| text.split(start).skip(1)).filter_map(|rest| rest.split('"').next()) {
            if is_key(key) && !keys.contains(key) {
                let message = format!("the key `{key}` is used and has no text");
                problems.push(Problem::new(&source.path, message, "add it to the `.ftl` files of both languages"));
            }
        }
    }
    let of_code = |key: &str| formed.iter().any(|start| key.strip_prefix(start).is_some_and(|c| literals.contains(c)));
    for catalogue in known {
        for text in catalogue.texts.iter().filter(|text| !literals.contains(text.key) && !of_code(text.key)) {
            let place = format!("{}:{}", catalogue.path, text.line);
            let message = format!("the key `{}` is not used", text.key);
            problems.push(Problem::new(place, message, "remove the text"));
        }
    }
    problems
}

/// Tests name what they like. The example of a capability lies among the tests and uses its texts as the platform does.
fn is_test(source: &Source) -> bool {
    source.is_test() && (!source.path.starts_with("e2e/example-capability/") || source.path.contains("/tests/"))
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}
