//! What a terminal may connect to: the TCP services that the policies would let its session reach now.

use axum::extract::{Extension, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use sekisho_model::documents::ResourceKind;
use sekisho_model::{AccessRequest, Action, Peer, RequestParts};
use sekisho_policy_engine::{Verdict, decide};
use serde_json::json;

use crate::{Terminal, answers, session};

/// `GET /services`. Nothing is recorded: it is for showing, and each tunnel is decided when it is asked for.
pub(crate) async fn list(
    State(terminal): State<Terminal>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let (address, presented, id) = (peer.address.ip(), peer.device.clone(), peer.request.clone());
    let Some(session) = session::live(&terminal, peer, &headers) else { return answers::no_session() };
    let (world, now) = (terminal.site.world.borrow().clone(), (terminal.site.clock)());
    let device = world.device_of(presented.as_ref(), &session, now);
    let services = world.resources().filter(|(_, resource)| resource.kind == ResourceKind::Tcp);
    let open = services.filter(|(handle, _)| {
        let request = AccessRequest::new(RequestParts {
            id: id.clone(),
            session: session.clone(),
            device,
            resource: *handle,
            action: Action::Connect,
            network: world.network(address),
            http: None,
        });
        !matches!(decide(world.policies(), &world, &request, now).outcome(), Verdict::Deny(_))
    });
    let mut names: Vec<&str> = open.map(|(_, resource)| resource.id.as_str()).collect();
    names.sort_unstable();
    answers::json(StatusCode::OK, &json!({ "services": names }))
}
