//! The policies of a published application: one for each group or person, with what their device must be.

use sekisho_model::{GroupId, UserId};

use crate::form::Typed;

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

const GROUP: &str = "principal is Sekisho::User in Sekisho::Group::\"";
const PERSON: &str = "principal == Sekisho::User::\"";

impl Subject {
    /// The scope of its policy.
    fn scope(&self) -> String {
        match self {
            Self::Group(group) => format!("{GROUP}{group}\""),
            Self::Person(person) => format!("{PERSON}{person}\""),
        }
    }

    /// The subject whose scope this line is.
    fn of_line(line: &str) -> Option<Self> {
        let scope = line.trim().strip_suffix("\",")?;
        let group = scope.strip_prefix(GROUP).map(|group| Self::Group(group.to_owned()));
        group.or_else(|| scope.strip_prefix(PERSON).map(|person| Self::Person(person.to_owned())))
    }
}

impl Devices {
    /// Every choice, as [`Devices::NAMES`] names them.
    const ALL: [Self; 4] = [Self::Any, Self::Managed, Self::Compliant, Self::ManagedCompliant];

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

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Managed => "managed",
            Self::Compliant => "compliant",
            Self::ManagedCompliant => "managed-compliant",
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
            Self::Any => ("is for the people whom it is published for.", "は、利用を許可された方のみ利用できます。"),
            Self::Managed => (
                "is for the people whom it is published for, from a managed device.",
                "は、利用を許可された方が、組織が管理する端末を使う場合に限り利用できます。",
            ),
            Self::Compliant => (
                "is for the people whom it is published for, from a device that meets the security requirements.",
                "は、利用を許可された方が、セキュリティ基準を満たす端末を使う場合に限り利用できます。",
            ),
            Self::ManagedCompliant => (
                "is for the people whom it is published for, from a managed device that meets the security requirements.",
                "は、利用を許可された方が、組織が管理しセキュリティ基準を満たす端末を使う場合に限り利用できます。",
            ),
        }
    }
}

/// Who may use an application, and under what conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Permission {
    pub(crate) subjects: Vec<Subject>,
    pub(crate) devices: Devices,
    /// Whether the clearance must be as high as the sensitivity.
    pub(crate) by_clearance: bool,
}

impl Permission {
    /// What was typed.
    ///
    /// # Errors
    /// The key of what is wrong with the people.
    pub(crate) fn read(typed: &Typed) -> Result<Self, &'static str> {
        let group = |id: String| id.parse::<GroupId>().ok().map(|_| Subject::Group(id));
        let person = |id: String| id.parse::<UserId>().ok().map(|_| Subject::Person(id));
        let groups = typed.lines("groups").into_iter().map(group);
        let subjects = groups.chain(typed.lines("people").into_iter().map(person)).collect::<Option<Vec<_>>>();
        let subjects = subjects.ok_or("wrong-people")?;
        if subjects.is_empty() {
            return Err("wrong-nobody");
        }
        let (devices, by_clearance) = (Devices::read(&typed.trimmed("devices")), typed.get("clearance").is_some());
        Ok(Self { subjects, devices, by_clearance })
    }

    /// The fields of a form that say the same.
    pub(crate) fn typed(&self) -> Typed {
        let subjects = self.subjects.iter().map(|subject| match subject {
            Subject::Group(group) => ("groups".to_owned(), group.clone()),
            Subject::Person(person) => ("people".to_owned(), person.clone()),
        });
        let devices = ("devices".to_owned(), self.devices.name().to_owned());
        let clearance = self.by_clearance.then(|| ("clearance".to_owned(), "yes".to_owned()));
        Typed(subjects.chain([devices]).chain(clearance).collect())
    }

    /// What such policies permit; `None` where somebody changed them by hand into what a form cannot say.
    pub(crate) fn of_text(id: &str, text: &str) -> Option<Self> {
        let subjects: Vec<Subject> = text.lines().filter_map(Subject::of_line).collect();
        let nameless = (String::new(), String::new());
        Devices::ALL
            .into_iter()
            .flat_map(|devices| [false, true].map(|by_clearance| (devices, by_clearance)))
            .map(|(devices, by_clearance)| Self { subjects: subjects.clone(), devices, by_clearance })
            .find(|permission| without_reasons(&permission.text(id, &nameless)) == without_reasons(text))
    }

    /// The text of the policies.
    pub(crate) fn text(&self, id: &str, (english, japanese): &(String, String)) -> String {
        let (why, why_ja) = self.devices.said();
        let clearance = self.by_clearance.then_some("principal.clearance >= resource.sensitivity");
        let conditions: Vec<&str> = self.devices.conditions().iter().copied().chain(clearance).collect();
        let when = match conditions.is_empty() {
            true => String::new(),
            false => format!(" when {{\n  {}\n}}", conditions.join(" &&\n  ")),
        };
        let policy = |(number, subject): (usize, &Subject)| {
            format!(
                "@id(\"publish-{id}-{}\")\n@reason(\"{} {why}\")\n@reason_ja(\"「{}」{why_ja}\")\npermit (\n  {},\n  \
                 action in Sekisho::Action::\"use\",\n  resource == Sekisho::Resource::\"{id}\"\n){when};\n",
                number + 1,
                quoted(english),
                quoted(japanese),
                subject.scope(),
            )
        };
        self.subjects.iter().enumerate().map(policy).collect::<Vec<_>>().join("\n")
    }
}

/// The lines that decide.
fn without_reasons(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_reason(line)).collect()
}

/// Whether a line is a reason and nothing besides.
fn is_reason(line: &str) -> bool {
    let within = ["@reason(\"", "@reason_ja(\""].iter().find_map(|start| line.strip_prefix(start)?.strip_suffix("\")"));
    let mut is_escaped = false;
    within.is_some_and(|text| {
        let ends = text.chars().any(|letter| {
            let ends = letter == '"' && !is_escaped;
            is_escaped = letter == '\\' && !is_escaped;
            ends
        });
        !ends && !is_escaped
    })
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

    fn permission(devices: Devices, by_clearance: bool) -> Permission {
        let subjects = vec![Subject::Group("staff".to_owned()), Subject::Person("alice".to_owned())];
        Permission { subjects, devices, by_clearance }
    }

    fn loaded(name: &str, devices: Devices, by_clearance: bool) -> Policies {
        let text = permission(devices, by_clearance).text("wiki", &(name.to_owned(), name.to_owned()));
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
    fn what_was_published_is_read_again_and_what_was_changed_by_hand_is_not() {
        for devices in Devices::ALL {
            for by_clearance in [false, true] {
                let permission = permission(devices, by_clearance);
                let text = permission.text("wiki", &("Wiki".to_owned(), "ウィキ".to_owned()));
                assert_eq!(Permission::of_text("wiki", &text).as_ref(), Some(&permission));
                assert_eq!(Permission::read(&permission.typed()).as_ref(), Ok(&permission));
                assert_eq!(Permission::of_text("other", &text), None);
                let by_hand = text.replacen("permit", "forbid", 1);
                assert_eq!(Permission::of_text("wiki", &by_hand), None);
                let obliging = text.replacen("\")\n@reason_ja", "\") @obligation(\"record\")\n@reason_ja", 1);
                assert_eq!(Permission::of_text("wiki", &obliging), None, "{obliging}");
                let forbidding = format!(
                    "@reason(\"No.\") @id(\"no\") forbid (principal, action, resource) when {{ \"\" == \"\") }};\n{text}"
                );
                assert_eq!(Permission::of_text("wiki", &forbidding), None);
                let narrower = format!("{}\nwhen {{ context.risk < 10 }};", text.trim_end().trim_end_matches(';'));
                assert_eq!(Permission::of_text("wiki", &narrower), None);
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
