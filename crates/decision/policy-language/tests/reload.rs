//! A set that is loaded in the place of another one is the set that would be loaded by itself.
#![expect(clippy::indexing_slicing, reason = "the index is below the length")]

use proptest::prelude::*;
use sekisho_model::facts::Interner;
use sekisho_policy_language::{Policies, PolicyText};

/// Statements with and without names of their own, one that is warned of, and one that is wrong.
const STATEMENTS: [&str; 8] = [
    "@id(\"named\") permit (principal in Sekisho::Group::\"staff\", action, resource) when { context.risk < 50 };",
    "permit (principal, action, resource == Sekisho::Resource::\"wiki\") when { context.session.assurance > 1 };",
    "forbid (principal, action, resource) when { context.risk > 80 || resource.sensitivity > 3 };",
    "@reason(\"R.\") @obligation(\"record\") permit (principal is Sekisho::User, action, resource);",
    "@mode(\"report-only\") forbid (principal, action, resource in Sekisho::Category::\"x\");",
    "permit (principal, action, resource) when { false };",
    "forbid (principal, action, resource);",
    "permit (principal, action, resource) when { context.rsk < 5 };",
];

fn set() -> impl Strategy<Value = Vec<PolicyText>> {
    let file = proptest::collection::vec((0..STATEMENTS.len(), 0..3_usize), 0..5);
    proptest::collection::vec(file, 0..4).prop_map(|files| {
        let text = |statements: Vec<(usize, usize)>| {
            let lines = statements.iter().map(|(n, blank)| format!("{}{}", "\n".repeat(*blank), STATEMENTS[*n]));
            lines.collect::<Vec<_>>().join("\n")
        };
        (0..).zip(files).map(|(n, file)| PolicyText { name: format!("f{n}.cedar"), text: text(file) }).collect()
    })
}

fn shown(loaded: &Result<Policies, Vec<sekisho_policy_language::PolicyProblem>>) -> String {
    match loaded {
        Ok(set) => {
            let ids: Vec<_> = set.reference().iter().map(ToString::to_string).collect();
            let of: Vec<_> = set.reference().iter().map(|policy| policy.id().to_string()).collect();
            format!(
                "{:?}\n{:?}\n{:?}\n{:?}\n{ids:?}\n{of:?}",
                set.metas(),
                set.compiled(),
                set.program(),
                set.warnings()
            )
        }
        Err(problems) => format!("{problems:?}"),
    }
}

proptest! {
    #[test]
    fn what_is_kept_is_what_would_be_found_again(before in set(), after in set()) {
        let interner = Interner::new();
        let kept = Policies::load(&before, &interner).unwrap_or_default();
        let (fresh, again) = (Policies::load(&after, &interner), Policies::load_after(&kept, &after, &interner));
        prop_assert_eq!(shown(&fresh), shown(&again));
        if let Ok(again) = again {
            let third = Policies::load_after(&again, &before, &interner);
            prop_assert_eq!(shown(&Policies::load(&before, &interner)), shown(&third));
        }
    }
}

#[test]
fn a_policy_that_moved_has_its_new_place_and_name() {
    let interner = Interner::new();
    let text = |name: &str, lines: &str| PolicyText { name: name.to_owned(), text: lines.to_owned() };
    let before = Policies::load(&[text("a.cedar", STATEMENTS[1])], &interner).unwrap();
    let moved = format!("{}\n{}", STATEMENTS[2], STATEMENTS[1]);
    let after = Policies::load_after(&before, &[text("b.cedar", &moved)], &interner).unwrap();
    let places: Vec<_> = after.metas().iter().map(|meta| (meta.id.to_string(), meta.file.clone(), meta.line)).collect();
    assert_eq!(places, [("b.1".to_owned(), "b.cedar".to_owned(), 1), ("b.2".to_owned(), "b.cedar".to_owned(), 2)]);
}

#[test]
fn what_another_version_stored_permits_nothing_and_forbids_as_ever() {
    let interner = Interner::new();
    let newer = [
        "@id(\"known\") permit (principal, action, resource == Sekisho::Resource::\"wiki\");",
        "@id(\"obliges\") @obligation(\"watermark\") permit (principal, action, resource == Sekisho::Resource::\"a\");",
        "@id(\"annotated\") @owner(\"hana\") permit (principal, action, resource == Sekisho::Resource::\"b\");",
        "@id(\"forbids\") @owner(\"hana\") forbid (principal, action, resource == Sekisho::Resource::\"c\");",
    ];
    let texts = [PolicyText { name: "a.cedar".to_owned(), text: newer.join("\n") }];
    // Nobody can apply it here.
    assert_eq!(Policies::load(&texts, &interner).unwrap_err().len(), 3);
    let mut loaded = Policies::empty();
    for _ in 0..2 {
        loaded = Policies::load_after(&loaded, &texts, &interner).unwrap();
        let ids: Vec<_> = loaded.metas().iter().map(|meta| meta.id.to_string()).collect();
        assert_eq!(ids, ["known", "forbids"]);
        let lines: Vec<usize> = loaded.unknown().iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [2, 3, 4]);
    }
    // What no version takes refuses the set, as it always did.
    let wrong = [newer[1], "permit (principal, action, resource) when { context.rsk < 5 };"].join("\n");
    let texts = [PolicyText { name: "a.cedar".to_owned(), text: wrong }];
    assert_eq!(Policies::load_after(&loaded, &texts, &interner).unwrap_err().len(), 2);
}
