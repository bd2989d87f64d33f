//! The API over an installation with one member of each role.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use sekisho_api::{PREFIX, Services, Standing, StandingCall};
use sekisho_api_tokens::TokenUses;
use sekisho_capability::{Changes, Clock, ROLE_GROUPS};
use sekisho_control_plane::{Desired, now};
use sekisho_model::documents::Kind;
use sekisho_model::{Actor, Peer, RequestId, SessionId};
use sekisho_policy_enforcement::{Audience, CookieKey, SessionCookie};
use sekisho_rest::Rest;
use sekisho_store::{Expected, Write};
use sekisho_testbed::Installation;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tower::ServiceExt as _;

/// Somebody in no group.
pub(crate) const NOBODY: &str = "no-group";
const SECRET: [u8; 32] = [9; 32];

pub(crate) struct Place {
    pub(crate) here: Installation,
    pub(crate) api: Router,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Place {
    /// Every role's group has a member of the same name, who signed in with a passkey just now.
    pub(crate) async fn new() -> Self {
        let here = Installation::new().await;
        here.control_plane.bootstrap().await.unwrap();
        let mut desired = vec![person(NOBODY, &[])];
        for role in ROLE_GROUPS {
            let (id, body) = (role.to_owned(), json!({ "id": role, "name": role }));
            desired.push(Desired { kind: Kind::Group, id, body, origin: "-".to_owned() });
            desired.push(person(role, &[role]));
        }
        let plan = here.control_plane.plan(&desired, false).await.unwrap();
        here.control_plane.execute(&plan, Actor::System).await.unwrap();
        let api = router(&here);
        let place = Self { here, api };
        for who in ROLE_GROUPS.iter().chain([&NOBODY, &"alice"]) {
            place.sign_in(who).await;
        }
        place
    }

    async fn sign_in(&self, who: &str) {
        let id = session_of(who);
        let end = now().as_millis() + 3_600_000;
        let body = json!({ "id": id, "user": who, "established_at": now(), "authenticated_at": now(), "expires_at": end,
            "methods": ["passkey"], "address": "192.0.2.1" });
        let write = Write::Put { kind: Kind::Session, id: id.to_string(), expected: Expected::Any, body };
        let revision = self.here.control_plane.store.commit(vec![write], "test", now()).await.unwrap();
        let mut world = self.here.control_plane.publication.world.clone();
        world.wait_for(|world| world.revision() >= revision).await.unwrap();
    }

    /// What the service answers to a request of somebody.
    pub(crate) async fn answered(&self, mut request: Request<Body>) -> Answer {
        let address: SocketAddr = "192.0.2.7:4711".parse().unwrap();
        request.extensions_mut().insert(Peer { address, device: None, request: RequestId::new("r-1") });
        let response = self.api.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Answer { status: head.status, headers: head.headers, body }
    }

    /// A request of somebody, with header fields and a body.
    pub(crate) async fn ask(
        &self,
        who: Option<&str>,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request =
            Request::builder().method(method).uri(format!("{PREFIX}{path}")).header("host", "portal.localhost");
        if let Some(who) = who {
            request = request.header("authorization", format!("Bearer {}", credential(who)));
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        self.answered(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// A request of an administrator.
    pub(crate) async fn administer(&self, method: &str, path: &str, more: &[(&str, &str)], body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.ask(Some("administrators"), method, path, more, &body).await
    }
}

/// What speaks for the session of somebody.
pub(crate) fn credential(who: &str) -> String {
    let cookie = SessionCookie { session: session_of(who), rotation: 0 };
    cookie.value(&CookieKey::new(&SECRET), Audience::Terminal(None))
}

/// The session of somebody: its identifier is the beginning of their name.
fn session_of(who: &str) -> SessionId {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(who.bytes()).for_each(|(byte, letter)| *byte = letter);
    SessionId::from_bytes(bytes)
}

fn person(name: &str, groups: &[&str]) -> Desired {
    let body = json!({ "id": name, "name": name, "groups": groups });
    Desired { kind: Kind::User, id: name.to_owned(), body, origin: "-".to_owned() }
}

/// The service over an installation. Nobody carries operations out.
pub(crate) fn router(here: &Installation) -> Router {
    let control_plane = here.control_plane.clone();
    let rest = Rest {
        world: control_plane.publication.world.clone(),
        ledger: control_plane.ledger.clone(),
        changes: Changes::new(control_plane.store.clone(), control_plane.ledger.clone()),
        clock: Clock::new(now),
        authenticate: sekisho_api::authenticate(CookieKey::new(&SECRET), TokenUses::default(), |_, _| {}),
    };
    let (operations, _) = mpsc::channel(1);
    let (_, certificates) = watch::channel(Vec::new());
    let terminals_origin = "https://terminal.localhost".to_owned();
    let (standing, mut asked) = mpsc::channel::<StandingCall>(1);
    tokio::spawn(async move {
        while let Some(answer) = asked.recv().await {
            let _ = answer.send(ready());
        }
    });
    let services = Services { control_plane, terminals_origin, certificates, operations, standing };
    sekisho_rest::serve(&rest, PREFIX, [sekisho_api::routes().with(services)]).unwrap()
}

/// How a process stands that is ready, and has little room.
fn ready() -> Standing {
    let checks = [("store".to_owned(), true)].into();
    let (unready, impaired) = (BTreeMap::new(), [("disk".to_owned(), "7 MiB are free".to_owned())].into());
    Standing { ready: true, checks, unready, impaired, tasks: Vec::new(), unknown_kinds: Vec::new() }
}
