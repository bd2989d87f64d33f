//! The pages that make, change, compare and restore documents, publish applications and edit policies.
//!
//! Every page ends in the acts of the control plane: a plan, which names what it would do to people, and its execution. A form is the
//! table of its kind's fields (`fields`); what was typed becomes a body (`form`), and a plan becomes a page to confirm (`confirm`).
//!
//! Read on: `edit` (forms), `history` (differences and restoring), `publish`, `bulk`.

mod acting;
mod bulk;
mod confirm;
mod csv_export;
mod csv_import;
mod csv_users;
mod difference;
mod edit;
mod fields;
mod form;
mod form_page;
mod history;
mod impact;
mod inputs;
mod lines;
mod list;
mod membership;
mod policy_check;
mod policy_list;
mod probe;
mod proposal;
mod publish;
mod raw;
mod refusal;
mod remove;
mod schema_names;

use sekisho_control_plane::ControlPlane;
use sekisho_model::Language;
use sekisho_web::{Pages, RequestContext};

pub use probe::{Answer, Probed, Probing, UpstreamProbe};

/// What the pages act through. A cheap handle.
#[derive(Clone)]
pub struct Services {
    /// Plans, their execution and the acts.
    pub control_plane: ControlPlane,
    /// Tries the address of an application, by the rules of the gateway.
    pub probe: UpstreamProbe,
}

type Context = RequestContext<Services>;
type Routes = sekisho_web::Routes<Services>;

/// What these pages contribute to the platform.
#[must_use]
pub const fn pages<S: AsRef<ControlPlane> + AsRef<UpstreamProbe>>() -> Pages<S> {
    Pages {
        name: "editor",
        routes: |state| {
            let control_plane = AsRef::<ControlPlane>::as_ref(state).clone();
            routes().with(Services { control_plane, probe: AsRef::<UpstreamProbe>::as_ref(state).clone() })
        },
        places: list::PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

/// The routes of these pages.
#[must_use]
pub fn routes() -> Routes {
    [
        list::routes,
        edit::routes,
        membership::routes,
        history::routes,
        remove::routes,
        publish::routes,
        policy_list::routes,
        policy_check::routes,
        bulk::routes,
        csv_export::routes,
        csv_import::routes,
    ]
    .into_iter()
    .fold(Routes::new(), |routes, add| add(routes))
}
