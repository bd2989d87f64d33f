//! The pages: what was found in the console, and for everybody what to update on their devices.

mod console;
mod updates;

use sekisho_capability::Services;
use sekisho_model::Language;
use sekisho_vulnerability_matching::Finding;
use sekisho_web::{Group, Pages, Place, RequestContext};

use crate::acts::VULNERABILITIES_READ;
use crate::vulnerabilities::Vulnerabilities;

/// What the pages act through.
#[derive(Clone)]
pub(crate) struct Reached {
    vulnerabilities: Vulnerabilities,
    services: Services,
}

type Context = RequestContext<Reached>;
type Routes = sekisho_web::Routes<Reached>;

/// Three pages with their texts.
#[must_use]
pub const fn pages<S: AsRef<Vulnerabilities> + AsRef<Services>>() -> Pages<S> {
    Pages {
        name: "vulnerabilities",
        routes: |state| {
            let vulnerabilities = AsRef::<Vulnerabilities>::as_ref(state).clone();
            let services = AsRef::<Services>::as_ref(state).clone();
            updates::routes(console::routes(Routes::new())).with(Reached { vulnerabilities, services })
        },
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../../messages/en.ftl")),
            (Language::Japanese, include_str!("../../messages/ja.ftl")),
        ],
    }
}

const PLACES: &[Place] = &[
    Place::of_portal(updates::PATH, "nav-updates"),
    Place::of_console(Group::Devices, console::PATH, "place-vulnerabilities", VULNERABILITIES_READ),
];

/// A score in tenths, as CVSS writes it.
fn cvss(score: u8) -> String {
    format!("{}.{}", score / 10, score % 10)
}

/// The style class of a score: high and critical stop.
const fn class(score: u8) -> &'static str {
    match score {
        0 => "pass",
        1..70 => "ask",
        _ => "stop",
    }
}

/// A finding as pages show it.
struct Row {
    finding: Finding,
    score: String,
    class: &'static str,
}

impl From<Finding> for Row {
    fn from(finding: Finding) -> Self {
        Self { score: cvss(finding.score), class: if finding.counts() { class(finding.score) } else { "off" }, finding }
    }
}
