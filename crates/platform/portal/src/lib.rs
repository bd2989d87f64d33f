//! The pages that every person sees: signing in, stepping up, applications, devices, sessions and sign-in methods.
//!
//! [`pages`] is what the program lists; [`routes`] are its routes, each with who may use it; [`Services`] is what they act through. [`session_transfer`] carries a
//! session from the portal's host to an application's.

mod application;
mod applications;
mod demand;
mod device_code;
mod devices;
mod ended;
mod enrolment;
mod federated;
mod language;
mod methods;
mod methods_change;
mod passkey;
mod return_to;
mod session;
pub mod session_transfer;
mod sessions;
mod sign_in;
mod sign_ins;
mod sign_out;
mod step_up;
mod terminal;
mod to_application;
mod totp;

pub use enrolment::token_in;

use sekisho_devices::{CodeAsk, Collected, Devices, Refusal};
use sekisho_federation::Federation;
use sekisho_identity::Identity;
use sekisho_web::{Pages, Place, RequestContext};

/// What the portal's pages act through. A cheap handle.
#[derive(Clone)]
pub struct Services {
    /// Accounts, authenticators, sign-in and sessions.
    pub identity: Identity,
    /// Sign-in through identity providers.
    pub federation: Federation,
    /// Devices and their proofs.
    pub devices: Devices,
}

type Context = RequestContext<Services>;
type Routes = sekisho_web::Routes<Services>;

/// What the portal contributes to the platform.
#[must_use]
pub const fn pages<S: AsRef<Identity> + AsRef<Federation> + AsRef<Devices>>() -> Pages<S> {
    Pages {
        name: "portal",
        routes: |state| {
            let identity = AsRef::<Identity>::as_ref(state).clone();
            let federation = AsRef::<Federation>::as_ref(state).clone();
            routes().with(Services { identity, federation, devices: AsRef::<Devices>::as_ref(state).clone() })
        },
        places: PLACES,
        texts: &[],
    }
}

/// The places of the portal.
const PLACES: &[Place] = &[
    Place::of_portal("/", "nav-applications"),
    Place::of_portal("/devices", "nav-devices"),
    Place::of_portal("/sessions", "nav-sessions"),
    Place::of_portal("/methods", "nav-methods"),
];

/// The portal's routes.
#[must_use]
pub fn routes() -> Routes {
    [
        sign_in::routes,
        passkey::routes,
        federated::routes,
        to_application::routes,
        step_up::routes,
        terminal::routes,
        enrolment::routes,
        applications::routes,
        devices::routes,
        device_code::routes,
        sessions::routes,
        sign_ins::routes,
        methods::routes,
        methods_change::routes,
        totp::routes,
        sign_out::routes,
        language::routes,
    ]
    .into_iter()
    .fold(Routes::new(), |routes, add| add(routes))
}
