//! The fields of each kind of document: declared once, for forms, differences and messages.
//!
//! A test compares each table with the type of the kind's documents.

mod field;
mod tables;

use sekisho_model::documents::Kind;

pub(crate) use field::{Field, Shape, Value};

/// The fields of documents of a kind, in the order of a form. `None` for a kind that has no form.
pub(crate) const fn fields(kind: Kind) -> Option<&'static [Field]> {
    Some(match kind {
        Kind::User => tables::USER,
        Kind::Group => tables::GROUP,
        Kind::Device => tables::DEVICE,
        Kind::Check => tables::CHECK,
        Kind::Resource => tables::RESOURCE,
        Kind::Grant => tables::GRANT,
        Kind::EnforcementPoint => tables::ENFORCEMENT_POINT,
        Kind::ApiDocument => tables::API_DOCUMENT,
        Kind::Label => tables::LABEL,
        Kind::ThreatList => tables::THREAT_LIST,
        Kind::ThreatFeed => tables::THREAT_FEED,
        Kind::Playbook => tables::PLAYBOOK,
        Kind::NameList => tables::NAME_LIST,
        Kind::VulnerabilitySource => tables::VULNERABILITY_SOURCE,
        Kind::Workload => tables::WORKLOAD,
        Kind::IdentityProvider => tables::IDENTITY_PROVIDER,
        Kind::Policy => tables::POLICY,
        Kind::Settings => tables::SETTINGS,
        _ => return None,
    })
}

/// The kinds that people make and change with a form, in the order of the table of kinds.
pub(crate) fn kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.into_iter().filter(|kind| kind.is_applied() && fields(*kind).is_some())
}

/// The field of that name.
pub(crate) fn find(kind: Kind, name: &str) -> Option<&'static Field> {
    fields(kind)?.iter().find(|field| field.name == name)
}

/// The key of a kind's name.
pub(crate) const fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "kind-user",
        Kind::Group => "kind-group",
        Kind::Device => "kind-device",
        Kind::Check => "kind-check",
        Kind::Resource => "kind-resource",
        Kind::Grant => "kind-grant",
        Kind::EnforcementPoint => "kind-enforcement-point",
        Kind::ApiDocument => "kind-api-document",
        Kind::Label => "kind-label",
        Kind::ThreatList => "kind-threat-list",
        Kind::ThreatFeed => "kind-threat-feed",
        Kind::Playbook => "kind-playbook",
        Kind::NameList => "kind-name-list",
        Kind::VulnerabilitySource => "kind-vulnerability-source",
        Kind::Workload => "kind-workload",
        Kind::IdentityProvider => "kind-identity-provider",
        Kind::Policy => "kind-policy",
        Kind::Settings => "kind-settings",
        _ => "kind-other",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    /// The fields of a kind's type, as the type itself names them in the error about one that it does not have.
    fn of_type(kind: Kind) -> BTreeSet<String> {
        let error = kind.normalise(&json!({ "no-such-field": 1 })).expect_err("an unknown field");
        let (_, expected) = error.split_once("expected ").expect("the fields that are known");
        expected.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect()
    }

    #[test]
    fn each_field_of_a_type_is_declared_once_and_each_declared_field_exists() {
        for kind in kinds() {
            let declared: Vec<String> =
                fields(kind).expect("a table").iter().map(|field| field.name.to_owned()).collect();
            let unique: BTreeSet<String> = declared.iter().cloned().collect();
            assert_eq!(unique.len(), declared.len(), "{kind}");
            assert_eq!(unique, of_type(kind), "{kind}");
        }
    }

    #[test]
    fn what_is_required_is_what_the_type_cannot_do_without() {
        for kind in kinds() {
            for field in fields(kind).expect("a table") {
                let mut body = crate::form::tests::least(kind);
                body.as_object_mut().expect("an object").remove(field.name);
                assert_eq!(kind.normalise(&body).is_err(), field.required, "{kind} {}", field.name);
            }
        }
    }

    #[test]
    fn every_kind_that_is_applied_has_a_form() {
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_applied() && !kind.name().starts_with("newer")) {
            assert!(fields(kind).is_some() && name_of(kind) != "kind-other", "{kind}");
        }
    }
}
