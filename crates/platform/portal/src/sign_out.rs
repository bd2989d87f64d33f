//! Signing out: the session ends, and with it everything that was open in it.

use axum::response::Response;
use sekisho_model::Actor;
use sekisho_model::documents::SessionEnd;
use sekisho_policy_enforcement::SessionCookie;
use sekisho_web::answer::{self, with_cookie};
use sekisho_web::{Access, Problem};

use crate::{Context, Routes};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.post("/sign-out", Access::SignedIn, sign_out)
}

async fn sign_out(context: Context) -> Result<Response, Problem> {
    let person = context.person()?;
    let actor = Actor::User(person.id.to_string());
    context.services.identity.end(&person.session.id, SessionEnd::SignedOut, actor, context.now).await?;
    context.site.shows_session(person.session.id, None).await;
    Ok(with_cookie(answer::see_other("/sign-in?done=signed-out"), &SessionCookie::clear()))
}
