//! Signing out: the session ends, and with it everything that was open in it.

use axum::response::Response;
use sekisho_model::Actor;
use sekisho_model::documents::SessionEnd;
use sekisho_policy_enforcement::SessionCookie;

use super::session;
use crate::answer::{self, with_cookie};
use crate::guard::Access;
use crate::problem::Problem;
use crate::routes::Routes;
use crate::visit::Visit;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.post("/sign-out", Access::SignedIn, sign_out)
}

async fn sign_out(visit: Visit) -> Result<Response, Problem> {
    let person = visit.person()?;
    let actor = Actor::User(person.id.to_string());
    visit.state.identity.end(&person.session.id, SessionEnd::SignedOut, actor, visit.now).await?;
    session::shown(&visit, person.session.id, None).await;
    Ok(with_cookie(answer::see_other("/sign-in?done=signed-out"), &SessionCookie::clear()))
}
