//! The pages that administrators see: the overview, decisions, cuts, acts, sessions, devices, users, resources, policies, tasks.
//!
//! [`pages`] is what the program lists, and [`routes`] are its routes; the policy engine decides at every request whether the person may use the console.

mod act_words;
mod activity;
mod acts_list;
mod cuts;
mod decision;
mod decisions;
mod devices;
mod find;
mod listing;
mod lists;
mod membership;
mod names;
mod overview;
mod policies;
mod sessions;
mod tasks;
mod users;
mod users_change;

use http::StatusCode;
use sekisho_capability::TaskList;
use sekisho_certificates::{CertificateRow, CertificateRows};
use sekisho_control_plane::acts::{ActRefusal, Acts, table};
use sekisho_devices::Devices;
use sekisho_find::Finder;
use sekisho_identity::{Failure, Identity};
use sekisho_model::{Actor, Language};
use sekisho_overview::Overview;
use sekisho_web::page::Section;
use sekisho_web::{Group, Pages, Place, Problem, RequestContext, Site, messages};

/// What the console's pages act through. A cheap handle.
#[derive(Clone)]
pub struct Services {
    /// Accounts, authenticators, sign-in and sessions.
    pub identity: Identity,
    /// Devices.
    pub devices: Devices,
    /// How the tasks of this process stand.
    pub tasks: TaskList,
    /// Finds what the newest World names.
    pub finder: Finder,
    /// How the certificates stand.
    pub certificates: CertificateRows,
    /// The figures of the overview.
    pub overview: Overview,
}

type Context = RequestContext<Services>;
type Routes = sekisho_web::Routes<Services>;

/// What the console contributes to the platform.
#[must_use]
pub const fn pages<S>() -> Pages<S>
where
    S: AsRef<Identity> + AsRef<Devices> + AsRef<TaskList> + AsRef<Finder> + AsRef<CertificateRows> + AsRef<Overview>,
{
    Pages {
        name: "console",
        routes: |state| {
            routes().with(Services {
                identity: AsRef::<Identity>::as_ref(state).clone(),
                devices: AsRef::<Devices>::as_ref(state).clone(),
                tasks: AsRef::<TaskList>::as_ref(state).clone(),
                finder: AsRef::<Finder>::as_ref(state).clone(),
                certificates: AsRef::<CertificateRows>::as_ref(state).clone(),
                overview: AsRef::<Overview>::as_ref(state).clone(),
            })
        },
        places: PLACES,
        texts: TEXTS,
    }
}

/// The first place of the console, whose parts are shown to those who may read them.
const OVERVIEW: Place =
    Place { path: "/console", label: "overview", section: Section::Console, group: None, act: None };

/// The places of the console, each with the act that looks at it. The overview is for everybody in the console: each of its parts is shown
/// to those who may read it.
const PLACES: &[Place] = &[
    OVERVIEW,
    Place::of_console(Group::Activity, decisions::PATH, "console-decisions", table::DECISIONS_READ),
    Place::of_console(Group::Activity, cuts::PATH, "console-cuts", table::DECISIONS_READ),
    Place::of_console(Group::Activity, acts_list::PATH, "console-acts", table::LEDGER_READ),
    Place::of_console(Group::Devices, "/console/devices", "place-fleet", table::DEVICES_READ),
    Place::of_console(Group::People, "/console/users", "console-users", table::USERS_READ),
    Place::of_console(Group::People, "/console/groups", "place-groups", table::USERS_READ),
    Place::of_console(Group::People, "/console/sessions", "console-sessions", table::SESSIONS_READ),
    Place::of_console(Group::Access, "/console/resources", "place-applications", table::RESOURCES_READ),
    Place::of_console(Group::Access, "/console/policies", "console-policies", table::POLICIES_READ),
    Place::of_console(Group::Access, "/console/grants", "place-grants", table::RESOURCES_READ),
    Place::of_console(Group::Devices, "/console/checks", "place-checks", table::DEVICES_READ),
    Place::of_console(Group::Platform, "/console/certificates", "place-certificates", table::SETTINGS_READ),
    Place::of_console(
        Group::Platform,
        "/console/enforcement-points",
        "place-enforcement-points",
        table::ENFORCEMENT_POINTS_READ,
    ),
    Place::of_console(Group::Platform, "/console/tokens", "place-tokens", table::TOKENS_READ),
    Place::of_console(Group::Platform, "/console/tasks", "console-tasks", table::SETTINGS_READ),
];

/// The texts of the console that are not those of all pages.
const TEXTS: &[(Language, &str)] = &[
    (Language::English, include_str!("../messages/lists/en.ftl")),
    (Language::Japanese, include_str!("../messages/lists/ja.ftl")),
    (Language::English, include_str!("../messages/decisions/en.ftl")),
    (Language::Japanese, include_str!("../messages/decisions/ja.ftl")),
    (Language::English, include_str!("../messages/overview/en.ftl")),
    (Language::Japanese, include_str!("../messages/overview/ja.ftl")),
];

/// The console's routes.
#[must_use]
pub fn routes() -> Routes {
    [
        overview::routes,
        decisions::routes,
        decision::routes,
        cuts::routes,
        acts_list::routes,
        sessions::routes,
        devices::routes,
        users::routes,
        users_change::routes,
        lists::routes,
        find::routes,
        policies::routes,
        tasks::routes,
    ]
    .into_iter()
    .fold(Routes::new(), |routes, add| add(routes))
}

/// The text of a key with several values.
fn say_all(context: &Context, key: &str, values: &[(&str, String)]) -> String {
    context.site.contents.texts.say_all(context.language, key, values)
}

/// The administrator of this request, as the ledger names them.
fn administrator(context: &Context) -> Result<Actor, Problem> {
    Ok(Actor::User(context.person()?.id.to_string()))
}

/// The administrative acts: those that the administration socket does too.
fn acts(context: &Context) -> Acts {
    let Services { identity, devices, .. } = &context.services;
    let Site { store, ledger, world, .. } = &context.site;
    Acts::new(store.clone(), ledger.clone(), identity.clone(), devices.clone(), world.clone())
}

/// Why an act was not done, as a page tells it.
fn refused(refusal: ActRefusal) -> Problem {
    match refusal {
        ActRefusal::OwnAccount => Problem::refused(StatusCode::FORBIDDEN, messages::text("problem-own-account-text")),
        ActRefusal::LastAdministrator(_) => {
            Problem::refused(StatusCode::CONFLICT, messages::text("problem-last-administrator-text"))
        }
        ActRefusal::NoUser(_) | ActRefusal::NoDevice(_) | ActRefusal::NoSession(_) => Problem::NotFound,
        ActRefusal::TokenOverOwner | ActRefusal::Token(_) => {
            Problem::refused(StatusCode::BAD_REQUEST, messages::text("problem-token-text"))
        }
        ActRefusal::Identity(failure) => Problem::from(failure),
        ActRefusal::Conflict(_) => Problem::from(Failure::Conflict),
        ActRefusal::Devices(_) | ActRefusal::Damaged(_) | ActRefusal::Failed(_) => {
            tracing::error!(error = %refusal, "an act could not be done");
            Problem::Unavailable
        }
    }
}
