//! Edge matrices: every operator on every pair of edge values, each compared with the value that the reference computes.
//! A rounding that only differs for a negative duration of some seconds is too rare for random tests.

use std::collections::BTreeSet;

use cedar_policy::{Context, Entities, EntityUid, EvalResult, Expression, Request, eval_expression};
use sekisho_model::Action;
use sekisho_model::facts::EntityType;
use sekisho_policy_language::{Policies, PolicyText};

use super::grammar::{DATETIMES, DECIMALS, DURATIONS, IPS, LONGS, PATTERNS};
use super::rng::Rng;
use super::town::{Errand, TEXTS, Town};
use crate::ask::ask;

/// One kind of request, so that validation does not check every policy for every other kind too.
const SCOPE: &str = "principal is Sekisho::User, action == Sekisho::Action::\"read\", resource";
const EPOCH: &str = "datetime(\"1970-01-01\")";

fn pairs<'a>(left: &'a [&'a str], right: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    left.iter().flat_map(move |a| right.iter().map(move |b| (*a, *b)))
}

/// Expressions that come to a number or to a truth value.
fn expressions() -> Vec<String> {
    let mut all = Vec::new();
    for (span, to) in pairs(DURATIONS, &["toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"]) {
        all.push(format!("duration(\"{span}\").{to}()"));
    }
    for at in DATETIMES {
        all.push(format!("datetime(\"{at}\").toDate().durationSince({EPOCH}).toMilliseconds()"));
        all.push(format!("datetime(\"{at}\").toTime().toMilliseconds()"));
    }
    for (at, span) in pairs(DATETIMES, DURATIONS) {
        all.push(format!("datetime(\"{at}\").offset(duration(\"{span}\")).durationSince({EPOCH}).toMilliseconds()"));
        all.push(format!("datetime(\"{at}\").offset(duration(\"{span}\")).toDate() == datetime(\"{at}\")"));
        all.push(format!("datetime(\"{at}\").offset(duration(\"{span}\")).toTime().toMilliseconds()"));
    }
    for (a, b) in pairs(DATETIMES, DATETIMES) {
        all.push(format!("datetime(\"{a}\").durationSince(datetime(\"{b}\")).toHours()"));
        all.push(format!("datetime(\"{a}\") < datetime(\"{b}\")"));
    }
    for (a, b) in pairs(DURATIONS, DURATIONS) {
        all.push(format!("duration(\"{a}\") <= duration(\"{b}\")"));
    }
    for (a, b) in pairs(DECIMALS, DECIMALS) {
        all.push(format!("decimal(\"{a}\") == decimal(\"{b}\")"));
        for op in ["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"] {
            all.push(format!("decimal(\"{a}\").{op}(decimal(\"{b}\"))"));
        }
    }
    for (a, b) in pairs(IPS, IPS) {
        all.push(format!("ip(\"{a}\").isInRange(ip(\"{b}\"))"));
        all.push(format!("ip(\"{a}\") == ip(\"{b}\")"));
    }
    for (ip, is) in pairs(IPS, &["isIpv4", "isIpv6", "isLoopback", "isMulticast"]) {
        all.push(format!("ip(\"{ip}\").{is}()"));
    }
    for (a, b) in pairs(LONGS, LONGS) {
        for op in ["+", "-", "*"] {
            all.push(format!("{a} {op} {b}"));
        }
    }
    all.extend(LONGS.iter().map(|number| format!("-({number})")));
    for (text, pattern) in pairs(&TEXTS[..4], PATTERNS).chain(pairs(&TEXTS[16..20], PATTERNS)) {
        all.push(format!("\"{}\" like \"{pattern}\"", text.escape_default()));
    }
    all
}

#[test]
fn i2_i4_every_operator_has_the_references_value_at_its_edges() {
    let nobody: EntityUid = "A::\"a\"".parse().expect("a uid");
    let request = Request::new(nobody.clone(), nobody.clone(), nobody, Context::empty(), None).expect("a request");
    let town = Town::new(&mut Rng(1));
    let (mut lines, mut failing) = (Vec::new(), BTreeSet::new());
    for (number, text) in (0_u32..).zip(expressions()) {
        let expression: Expression = text.parse().expect(&text);
        let condition = match eval_expression(&request, &Entities::empty(), &expression) {
            Ok(EvalResult::Bool(flag)) => format!("({text}) == {flag}"),
            Ok(EvalResult::Long(value)) => format!("{text} == {value}"),
            Ok(other) => panic!("{text} is {other:?}"),
            Err(_) => {
                failing.insert(number);
                format!("({text}) == ({text})")
            }
        };
        lines.push(format!("permit({SCOPE}) when {{ {condition} }};"));
    }
    let texts = [PolicyText { name: "edges.cedar".to_owned(), text: lines.join("\n") }];
    let policies = Policies::load(&texts, town.facts.interner()).expect("valid policies");
    let user = town.of(EntityType::User)[0];
    let errand = Errand { principal: user, action: Action::Read, ..town.errand(&mut Rng(2)) };
    let answer = ask(&policies, errand.question(&town));
    for place in 0..u32::try_from(lines.len()).expect("a few thousand") {
        let (list, what) =
            if failing.contains(&place) { (&answer.errors, "fails") } else { (&answer.permits, "holds") };
        assert!(list.contains(&place), "the reference says this {what}: {}", lines[place as usize]);
    }
    println!("edges: {} expressions, {} of them fail as they must", lines.len(), failing.len());
    assert!(lines.len() > 2_000 && failing.len() > 40);
}
