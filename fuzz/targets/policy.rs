//! Policy texts: whatever is written, loading gives policies or problems, and never stops the program.

use sekisho_model::facts::Interner;
use sekisho_policy_language::{Policies, PolicyText};

/// Checks one input.
pub(crate) fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let texts = [PolicyText { name: "fuzz.cedar".to_owned(), text: text.to_owned() }];
    if let Err(problems) = Policies::load(&texts, &Interner::new()) {
        assert!(!problems.is_empty(), "a refusal names what is wrong");
    }
}
