//! `GET /me/resources`: what the person who calls may reach, and what is missing for the rest.

use sekisho_capability::CONSOLE;
use sekisho_model::documents::{Resource, ResourceKind};
use sekisho_model::facts::Handle;
use sekisho_model::{Action, Outcome};
use sekisho_rest::{Access, Answer, Page, Problem, route};
use sekisho_web::Reach;
use sekisho_web::verdict::explained;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Context, Routes};

/// A resource that the person may reach, or may come to reach.
#[derive(Debug, Serialize, ToSchema)]
struct ReachView {
    /// The resource.
    id: String,
    /// Its name in the language of the request.
    name: String,
    /// `web`, `tcp`, `api` or `data`.
    kind: &'static str,
    /// Where browsers open it; null for what is reached through a tunnel.
    url: Option<String>,
    /// What the policy engine says now: `permit`, `challenge` or `deny`.
    #[schema(value_type = String)]
    outcome: Outcome,
    /// Whether somebody else must grant it first.
    requestable: bool,
    /// Why it is not permitted.
    reasons: Vec<String>,
    /// What would open it, each of them alone.
    remedies: Vec<String>,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.add(Access::SignedIn, route!(list))
}

/// List what the person who calls may reach, and what is missing for what they could come to reach. What nothing would open is not named.
#[utoipa::path(get, path = "/me/resources", tag = "platform", responses((status = 200, body = Page<ReachView>)))]
async fn list(call: Context) -> Result<Answer<Page<ReachView>>, Problem> {
    if call.caller()?.session().is_none() {
        return Err(Problem::forbidden(
            "applications are for people: an API token and the local socket reach none; sign in with `sekisho login` and name the \
             portal with `--server URL`",
        ));
    }
    let mut items = Vec::new();
    for (handle, resource) in call.world.resources().filter(|(_, resource)| resource.id.as_str() != CONSOLE) {
        items.extend(view(&call, handle, resource)?);
    }
    let rank = |one: &ReachView| match one.outcome {
        Outcome::Permit => 0,
        Outcome::Challenge => 1,
        Outcome::Deny => 2 + u8::from(one.requestable),
    };
    items.sort_by(|a, b| (rank(a), &a.id).cmp(&(rank(b), &b.id)));
    Ok(Answer::ok(Page { items, next: None }))
}

/// One resource; `None` for one that nobody opens, such as a part of the platform, or that nothing would open for this person.
fn view(call: &Context, handle: Handle, resource: &Resource) -> Result<Option<ReachView>, Problem> {
    let is_tunnel = resource.kind == ResourceKind::Tcp;
    let url = resource.host.as_ref().map(|host| url(call, resource, host.as_str()));
    if url.is_none() && !is_tunnel {
        return Ok(None);
    }
    let action = if is_tunnel { Action::Connect } else { Action::Read };
    let Some(decision) = call.preview(action, handle)? else { return Ok(None) };
    let Some(reach) = Reach::of(&decision) else { return Ok(None) };
    let (reasons, remedies) = explained(&decision, call.language);
    let outcome = decision.kind();
    let is_permitted = outcome == Outcome::Permit;
    Ok(Some(ReachView {
        id: resource.id.to_string(),
        name: resource.name.in_language(call.language).to_owned(),
        kind: resource.kind.name(),
        url,
        outcome,
        requestable: reach == Reach::Requestable,
        reasons: if is_permitted { Vec::new() } else { reasons },
        remedies,
    }))
}

/// The address of an application. It has the portal's port where it has none of its own.
fn url(call: &Context, resource: &Resource, host: &str) -> String {
    let portal = &call.services.control_plane.portal_origin;
    let of_portal = portal.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    match call.world.port_of(&resource.id).or(of_portal) {
        None | Some(443) => format!("https://{host}/"),
        Some(port) => format!("https://{host}:{port}/"),
    }
}
