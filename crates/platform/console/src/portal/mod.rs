//! Everybody's pages: signing in, my applications, devices, sessions and sign-in methods.

mod applications;
mod devices;
mod enrolment;
mod handover;
mod language;
mod methods;
mod methods_change;
mod passkey;
mod session;
mod sessions;
mod sign_in;
mod sign_out;
mod step_up;
mod terminal;
mod totp;

pub(crate) use session::shown_in;

use crate::routes::Routes;

/// The portal's routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    [
        sign_in::routes,
        passkey::routes,
        handover::routes,
        step_up::routes,
        terminal::routes,
        enrolment::routes,
        applications::routes,
        devices::routes,
        sessions::routes,
        methods::routes,
        methods_change::routes,
        totp::routes,
        sign_out::routes,
        language::routes,
    ]
    .into_iter()
    .fold(routes, |routes, add| add(routes))
}
