//! The policies of a published application: one for each group or person, with what their device must be.

/// Who may use an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The members of a group.
    Group(String),
    /// One person.
    Person(String),
}

/// From what it may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Devices {
    Any,
    Managed,
    Compliant,
    ManagedCompliant,
}

impl Devices {
    /// The names of the choices, in the order of the page.
    pub(crate) const NAMES: [&str; 4] = ["any", "managed", "compliant", "managed-compliant"];

    /// The choice with that name; anything else is the narrowest.
    pub(crate) fn read(name: &str) -> Self {
        match name {
            "any" => Self::Any,
            "managed" => Self::Managed,
            "compliant" => Self::Compliant,
            _ => Self::ManagedCompliant,
        }
    }

    /// What must hold, in Cedar.
    const fn conditions(self) -> &'static [&'static str] {
        const KNOWN: &str = "context has device";
        const MANAGED: &str = "context.device.managed";
        const COMPLIANT: &str = "context.device has compliant && context.device.compliant";
        match self {
            Self::Any => &[],
            Self::Managed => &[KNOWN, MANAGED],
            Self::Compliant => &[KNOWN, COMPLIANT],
            Self::ManagedCompliant => &[KNOWN, MANAGED, COMPLIANT],
        }
    }

    /// What people read of it, in English and Japanese, behind the name of the application.
    const fn said(self) -> (&'static str, &'static str) {
        match self {
            Self::Any => ("is for the people whom it is published for.", "は、公開先の利用者のみ利用できます。"),
            Self::Managed => (
                "is for the people whom it is published for, from a managed device.",
                "は、公開先の利用者が、組織の管理する端末からのみ利用できます。",
            ),
            Self::Compliant => (
                "is for the people whom it is published for, from a device that meets the security requirements.",
                "は、公開先の利用者が、セキュリティ基準を満たした端末からのみ利用できます。",
            ),
            Self::ManagedCompliant => (
                "is for the people whom it is published for, from a managed device that meets the security requirements.",
                "は、公開先の利用者が、セキュリティ基準を満たした、組織の管理する端末からのみ利用できます。",
            ),
        }
    }
}

/// The text of the policies.
pub(crate) fn text(
    id: &str,
    (english, japanese): &(String, String),
    (subjects, devices, by_clearance): (&[Subject], Devices, bool),
) -> String {
    let (why, why_ja) = devices.said();
    let clearance = by_clearance.then_some("principal.clearance >= resource.sensitivity");
    let conditions: Vec<&str> = devices.conditions().iter().copied().chain(clearance).collect();
    let when = match conditions.is_empty() {
        true => String::new(),
        false => format!(" when {{\n  {}\n}}", conditions.join(" &&\n  ")),
    };
    let policy = |(number, subject): (usize, &Subject)| {
        let principal = match subject {
            Subject::Group(group) => format!("principal is Sekisho::User in Sekisho::Group::\"{group}\""),
            Subject::Person(user) => format!("principal == Sekisho::User::\"{user}\""),
        };
        format!(
            "@id(\"publish-{id}-{}\")\n@reason(\"{} {why}\")\n@reason_ja(\"「{}」{why_ja}\")\npermit (\n  {principal},\n  \
             action in Sekisho::Action::\"use\",\n  resource == Sekisho::Resource::\"{id}\"\n){when};\n",
            number + 1,
            quoted(english),
            quoted(japanese),
        )
    };
    subjects.iter().enumerate().map(policy).collect::<Vec<_>>().join("\n")
}

/// A name within a text of Cedar: nothing of it ends the text.
fn quoted(name: &str) -> String {
    name.chars()
        .filter(|letter| !letter.is_control())
        .flat_map(|letter| {
            let escape = matches!(letter, '"' | '\\').then_some('\\');
            escape.into_iter().chain(std::iter::once(letter))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use sekisho_model::facts::Interner;
    use sekisho_policy_language::{Policies, PolicyText};

    use super::*;

    fn loaded(name: &str, devices: Devices, by_clearance: bool) -> Policies {
        let subjects = [Subject::Group("staff".to_owned()), Subject::Person("alice".to_owned())];
        let text = text("wiki", &(name.to_owned(), name.to_owned()), (&subjects, devices, by_clearance));
        let files = [PolicyText { name: "publish-wiki".to_owned(), text }];
        Policies::load(&files, &Interner::new()).expect("valid policies")
    }

    #[test]
    fn every_choice_makes_valid_policies() {
        for name in Devices::NAMES {
            for by_clearance in [false, true] {
                assert_eq!(loaded("Wiki", Devices::read(name), by_clearance).len(), 2, "{name}");
            }
        }
    }

    #[test]
    fn a_name_is_a_text_and_never_a_policy() {
        for name in ["a \") permit (principal, action, resource); //", "a\\", "a\nb", "\\\""] {
            assert_eq!(loaded(name, Devices::Any, false).len(), 2, "{name}");
        }
    }
}
