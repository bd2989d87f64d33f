//! The capabilities of this program and their pages, each in one list, and the state that they are given.

use sekisho_acme::Acme;
use sekisho_api_tokens::TokenUses;
use sekisho_capability::{Capability, Services, TaskList};
use sekisho_certificates::{CertificateRows, Certificates};
use sekisho_control_plane::ControlPlane;
use sekisho_control_plane::capabilities::sessions::Sessions;
use sekisho_control_plane::capabilities::{
    clock, enforcement_points, housekeeping, policies, records, resources, sessions, settings,
};
use sekisho_detection::Detection;
use sekisho_devices::Devices;
use sekisho_directory::Directory;
use sekisho_editor::UpstreamProbe;
use sekisho_events::Events;
use sekisho_federation::Federation;
use sekisho_find::Finder;
use sekisho_governance::Governance;
use sekisho_identity::Identity;
use sekisho_name_lists::NameLists;
use sekisho_overview::Overview;
use sekisho_response::Responses;
use sekisho_rest::Api;
use sekisho_threats::Threats;
use sekisho_vulnerabilities::Vulnerabilities;
use sekisho_web::Pages;
use sekisho_workloads::Workloads;

/// Every capability. A new one is one line here, and a field of [`State`] where it has a state of its own.
pub(crate) const ALL: &[Capability<State>] = &[
    sekisho_identity::capability(),
    sekisho_devices::capability(),
    sekisho_directory::capability(),
    sessions::capability(),
    resources::capability(),
    policies::capability(),
    enforcement_points::capability(),
    records::capability(),
    settings::capability(),
    clock::capability(),
    housekeeping::capability(),
    sekisho_certificates::capability(),
    sekisho_acme::capability(),
    sekisho_api_tokens::capability(),
    sekisho_overview::capability(),
    sekisho_events::capability(),
    sekisho_detection::capability(),
    sekisho_api_documents::capability(),
    sekisho_classification::capability(),
    sekisho_governance::capability(),
    sekisho_threats::capability(),
    sekisho_name_lists::capability(),
    sekisho_vulnerabilities::capability(),
    sekisho_federation::capability(),
    sekisho_access_requests::capability(),
    sekisho_response::capability(),
    sekisho_workloads::capability(),
];

/// The pages of every crate that has some, in the order of the navigation.
pub(crate) const PAGES: &[Pages<State>] = &[
    sekisho_portal::pages(),
    sekisho_console::pages(),
    sekisho_editor::pages(),
    sekisho_events::pages(),
    sekisho_detection::pages(),
    sekisho_api_documents::pages(),
    sekisho_classification::pages(),
    sekisho_governance::pages(),
    sekisho_threats::pages(),
    sekisho_name_lists::pages(),
    sekisho_vulnerabilities::pages(),
    sekisho_federation::pages(),
    sekisho_directory::pages(),
    sekisho_access_requests::pages(),
    sekisho_response::pages(),
    sekisho_workloads::pages(),
];

/// The routes of every crate that has some, under `/api/v1`.
pub(crate) const API: &[Api<State>] = &[
    sekisho_api::api(),
    sekisho_events::api(),
    sekisho_detection::api(),
    sekisho_api_documents::api(),
    sekisho_classification::api(),
    sekisho_threats::api(),
    sekisho_name_lists::api(),
    sekisho_vulnerabilities::api(),
    sekisho_federation::api(),
    sekisho_directory::api(),
    sekisho_access_requests::api(),
    sekisho_response::api(),
    sekisho_governance::api(),
    sekisho_workloads::api(),
];

/// Declares the state, and gives each capability the part that it names.
macro_rules! state {
    ($($(#[$doc:meta])* $field:ident: $type:ty,)*) => {
        /// What capabilities are given. Clones share it.
        #[derive(Clone)]
        pub(crate) struct State { $($(#[$doc])* pub(crate) $field: $type,)* }

        $(impl AsRef<$type> for State {
            fn as_ref(&self) -> &$type {
                &self.$field
            }
        })*
    };
}

state! {
    /// What every capability may use.
    services: Services,
    /// Accounts, sign-in and sessions.
    identity: Identity,
    /// Sign-in through identity providers.
    federation: Federation,
    /// Enrolment and posture.
    devices: Devices,
    /// What an identity provider supplies.
    directory: Directory,
    /// Where the use of sessions is reported.
    sessions: Sessions,
    /// The last uses of API tokens.
    token_uses: TokenUses,
    /// The certificates that browsers see.
    certificates: Certificates,
    /// Certificates from an ACME authority.
    acme: Acme,
    /// How the tasks of this process stand.
    tasks: TaskList,
    /// Plans, their execution and the acts.
    control_plane: ControlPlane,
    /// Tries the address of an application.
    upstream_probe: UpstreamProbe,
    /// Finds what the newest World names.
    finder: Finder,
    /// How the certificates stand.
    certificate_rows: CertificateRows,
    /// The figures of the console's overview.
    overview: Overview,
    /// How the threat feeds stand.
    threats: Threats,
    /// The lists of names.
    name_lists: NameLists,
    /// How the sources of vulnerabilities stand.
    vulnerabilities: Vulnerabilities,
    /// Workloads and their credentials.
    workloads: Workloads,
    /// The events: made of the ledger, searched, sent.
    events: Events,
    /// Rules over the events.
    detection: Detection,
    /// What playbooks do and propose.
    responses: Responses,
    /// How the installation stands against frameworks.
    governance: Governance,
    /// What the routes of the API act through.
    api: sekisho_api::Services,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sekisho_control_plane::acts::table;
    use sekisho_model::Language;
    use sekisho_model::documents::Kind;
    use sekisho_web::Texts;

    use super::*;

    /// How often each of these is contributed.
    fn counted<T: Ord>(contributed: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
        contributed.fold(BTreeMap::new(), |mut counts, one| {
            *counts.entry(one).or_default() += 1;
            counts
        })
    }

    #[test]
    fn every_kind_belongs_to_exactly_one_capability() {
        let contributed = counted(ALL.iter().flat_map(|capability| capability.kinds).copied());
        assert_eq!(contributed, Kind::ALL.into_iter().map(|kind| (kind, 1)).collect());
    }

    #[test]
    fn every_act_belongs_to_exactly_one_capability_and_is_in_the_table() {
        let contributed = ALL.iter().flat_map(|capability| capability.acts);
        // By code: the same code twice would be counted twice here.
        let codes = counted(contributed.clone().map(|act| act.code));
        assert_eq!(codes, table::ALL.iter().map(|act| (act.code, 1)).collect());
        for act in contributed {
            assert!(table::ALL.contains(act), "{} is another act in the table", act.code);
        }
    }

    #[test]
    fn names_of_capabilities_and_of_tasks_are_unique_and_texts_are_in_both_languages() {
        let names = ALL.iter().map(|capability| capability.name);
        let tasks = ALL.iter().flat_map(|capability| capability.tasks);
        let all = counted(names.chain(tasks.clone().map(|task| task.name)));
        assert!(all.values().all(|count| *count == 1), "{all:?}");
        let acts = ALL.iter().flat_map(|capability| capability.acts).map(|act| (act.code, act.text));
        for (name, (english, japanese)) in tasks.map(|task| (task.name, task.text)).chain(acts) {
            assert!(!english.is_empty() && !japanese.is_empty() && english != japanese, "{name}");
        }
    }

    #[test]
    fn every_place_of_the_navigation_has_a_name_in_both_languages_and_one_address() {
        let texts = Texts::of(PAGES.iter().flat_map(|pages| pages.texts).copied());
        let places = PAGES.iter().flat_map(|pages| pages.places);
        let paths = counted(places.clone().map(|place| place.path));
        assert!(paths.values().all(|count| *count == 1), "{paths:?}");
        for place in places {
            let said = [Language::English, Language::Japanese].map(|language| texts.say(language, place.label));
            assert!(said.iter().all(|text| text != place.label) && said[0] != said[1], "{}", place.label);
        }
    }
}
