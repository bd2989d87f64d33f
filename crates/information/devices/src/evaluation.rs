//! Checks and facts to failing checks. Pure and total; what is missing, of another type or unreadable fails.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use sekisho_model::documents::{Check, Expectation, FactValue, FailingCheck};
use sekisho_model::is_shown;

use crate::version;

/// What a failing check says it found when the fact is missing.
pub const NOT_REPORTED: &str = "not reported";

/// The most characters of a fact that a failing check repeats.
const MAX_FOUND: usize = 200;

/// The checks that fail for a device of that platform with those facts, in the order of the checks.
#[must_use]
pub fn evaluate(checks: &[Check], facts: &BTreeMap<String, FactValue>, platform: &str) -> Vec<FailingCheck> {
    checks.iter().filter(|check| applies(check, facts, platform)).filter_map(|check| failure(check, facts)).collect()
}

fn applies(check: &Check, facts: &BTreeMap<String, FactValue>, platform: &str) -> bool {
    let exempt = check.unless.as_ref().is_some_and(|unless| facts.get(&unless.fact) == Some(&unless.equals));
    (check.platforms.is_empty() || check.platforms.iter().any(|p| p == platform)) && !exempt
}

fn failure(check: &Check, facts: &BTreeMap<String, FactValue>) -> Option<FailingCheck> {
    let found = match facts.get(&check.fact) {
        None => NOT_REPORTED.to_owned(),
        Some(fact) if meets(fact, &check.expect) => return None,
        Some(fact) => found(fact, &check.expect).chars().filter(|c| is_shown(*c)).take(MAX_FOUND).collect(),
    };
    Some(FailingCheck { check: check.id.clone(), found })
}

fn meets(fact: &FactValue, expect: &Expectation) -> bool {
    match (expect, fact) {
        (Expectation::Equals(value), fact) => fact == value,
        (Expectation::AtMost(limit), FactValue::Number(number)) => number <= limit,
        (Expectation::AtLeast(limit), FactValue::Number(number)) => number >= limit,
        (Expectation::VersionAtLeast(floor), FactValue::Text(version)) => {
            version::compare(version, floor).is_some_and(Ordering::is_ge)
        }
        (Expectation::HoldsNone(banned), FactValue::List(items)) => !items.iter().any(|item| banned.contains(item)),
        (Expectation::HoldsAll(wanted), FactValue::List(items)) => wanted.iter().all(|item| items.contains(item)),
        (
            Expectation::AtMost(_)
            | Expectation::AtLeast(_)
            | Expectation::VersionAtLeast(_)
            | Expectation::HoldsNone(_)
            | Expectation::HoldsAll(_),
            _,
        ) => false,
    }
}

/// What was found, in few words: of a list only what matters to the check.
fn found(fact: &FactValue, expect: &Expectation) -> String {
    match (expect, fact) {
        (Expectation::HoldsNone(banned), FactValue::List(items)) => {
            items.iter().filter(|item| banned.contains(item)).map(String::as_str).collect::<Vec<_>>().join(", ")
        }
        (Expectation::HoldsAll(wanted), FactValue::List(items)) => {
            let missing: Vec<&str> = wanted.iter().filter(|w| !items.contains(w)).map(String::as_str).collect();
            format!("without {}", missing.join(", "))
        }
        (_, fact) => fact.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sekisho_model::Text;
    use sekisho_model::documents::Exemption;

    use super::*;

    fn check(fact: &str, expect: Expectation) -> Check {
        Check {
            id: "c".parse().expect("a name"),
            platforms: Vec::new(),
            fact: fact.to_owned(),
            expect,
            unless: None,
            reason: Text::default(),
            remedy: Text::default(),
        }
    }

    fn texts(items: &[&str]) -> Vec<String> {
        items.iter().map(|&item| item.to_owned()).collect()
    }

    fn passes(fact: FactValue, expect: Expectation) -> bool {
        evaluate(&[check("f", expect)], &BTreeMap::from([("f".to_owned(), fact)]), "linux").is_empty()
    }

    #[test]
    fn each_expectation_has_a_fact_that_meets_it_and_one_that_does_not() {
        use Expectation as E;
        use FactValue as F;
        let text = |t: &str| F::Text(t.to_owned());
        for (expect, good, bad) in [
            (E::Equals(F::Bool(true)), F::Bool(true), F::Bool(false)),
            (E::AtMost(0), F::Number(0), F::Number(1)),
            (E::AtLeast(3), F::Number(3), F::Number(2)),
            (E::VersionAtLeast("10.0.10".into()), text("10.0.10"), text("10.0.9")),
            (E::HoldsNone(texts(&["4444"])), F::List(texts(&["22"])), F::List(texts(&["22", "4444"]))),
            (E::HoldsAll(texts(&["clamd"])), F::List(texts(&["clamd", "x"])), F::List(texts(&["x"]))),
        ] {
            assert!(passes(good, expect.clone()), "{expect:?}");
            assert!(!passes(bad, expect.clone()), "{expect:?}");
        }
    }

    #[test]
    fn a_fact_of_another_type_fails() {
        use Expectation as E;
        use FactValue as F;
        let text = |t: &str| F::Text(t.to_owned());
        assert!(!passes(text("true"), E::Equals(F::Bool(true))));
        assert!(!passes(F::Number(1), E::Equals(F::Bool(true))));
        assert!(!passes(F::List(texts(&["true"])), E::Equals(F::Bool(true))));
        assert!(!passes(text("0"), E::AtMost(0)));
        assert!(!passes(F::Number(12), E::VersionAtLeast("11".into())));
        assert!(!passes(text("22"), E::HoldsNone(texts(&["4444"]))));
        assert!(!passes(text(""), E::VersionAtLeast("11".into())));
        assert!(!passes(text("12-beta"), E::VersionAtLeast("11".into())));
        assert!(!passes(text("12"), E::VersionAtLeast("eleven".into())), "a floor that is not a version passes nobody");
    }

    #[test]
    fn an_exemption_needs_its_very_value() {
        let mut disk = check("disk.encrypted", Expectation::Equals(FactValue::Bool(true)));
        disk.unless = Some(Exemption { fact: "machine.virtual".to_owned(), equals: FactValue::Bool(true) });
        let with = |value| BTreeMap::from([("machine.virtual".to_owned(), value)]);
        assert!(evaluate(&[disk.clone()], &with(FactValue::Bool(true)), "linux").is_empty());
        assert_eq!(evaluate(&[disk.clone()], &with(FactValue::Bool(false)), "linux").len(), 1);
        assert_eq!(evaluate(&[disk.clone()], &with(FactValue::Text("true".to_owned())), "linux").len(), 1);
        assert_eq!(evaluate(&[disk], &BTreeMap::new(), "linux").len(), 1);
    }

    #[test]
    fn a_check_for_another_platform_does_not_apply() {
        let mut other = check("f", Expectation::AtMost(0));
        other.platforms = texts(&["windows"]);
        assert!(evaluate(&[other.clone()], &BTreeMap::new(), "linux").is_empty());
        assert_eq!(evaluate(&[other], &BTreeMap::new(), "windows").len(), 1);
    }

    fn values() -> impl Strategy<Value = FactValue> {
        prop_oneof![
            any::<bool>().prop_map(FactValue::Bool),
            (-3_i64..3).prop_map(FactValue::Number),
            "[0-2.]{0,3}".prop_map(FactValue::Text),
            prop::collection::vec("[ab]", 0..3).prop_map(FactValue::List),
        ]
    }

    fn expectations() -> impl Strategy<Value = Expectation> {
        prop_oneof![
            values().prop_map(Expectation::Equals),
            (-3_i64..3).prop_map(Expectation::AtMost),
            (-3_i64..3).prop_map(Expectation::AtLeast),
            "[0-2.]{0,3}".prop_map(Expectation::VersionAtLeast),
            prop::collection::vec("[ab]", 0..3).prop_map(Expectation::HoldsNone),
            prop::collection::vec("[ab]", 0..3).prop_map(Expectation::HoldsAll),
        ]
    }

    fn checks() -> impl Strategy<Value = Vec<Check>> {
        prop::collection::vec(("[fg]", expectations()).prop_map(|(fact, expect)| check(&fact, expect)), 0..5)
    }

    fn facts() -> impl Strategy<Value = BTreeMap<String, FactValue>> {
        prop::collection::btree_map("[fgh]", values(), 0..3)
    }

    proptest! {
        #[test]
        fn a_missing_fact_always_fails(expect in expectations(), facts in facts()) {
            let failing = evaluate(&[check("absent", expect)], &facts, "linux");
            prop_assert_eq!(failing.len(), 1);
            prop_assert_eq!(failing[0].found.as_str(), NOT_REPORTED);
        }

        #[test]
        fn leaving_a_fact_out_never_heals(checks in checks(), facts in facts(), drop in "[fgh]") {
            let mut fewer = facts.clone();
            fewer.remove(&drop);
            let count = |f| evaluate(&checks, f, "linux").len();
            prop_assert!(count(&fewer) >= count(&facts));
        }

        #[test]
        fn checks_are_independent(checks in checks(), facts in facts()) {
            let each: Vec<_> = checks.iter().flat_map(|c| evaluate(std::slice::from_ref(c), &facts, "linux")).collect();
            prop_assert_eq!(evaluate(&checks, &facts, "linux"), each);
        }
    }
}
