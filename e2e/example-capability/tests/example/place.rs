//! A platform with the example alone: its state, its list of capabilities, and the portal's host with its page.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::StatusCode;
use http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, COOKIE};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::{Capability, PLATFORM_CATEGORY, Part, Readiness, Services};
use sekisho_example_capability::{Unowned, api, capability, pages};
use sekisho_model::documents::{Kind, Session};
use sekisho_model::{Actor, Evidence, Method, MethodSet, Peer, RequestId, SessionId, Span, Timestamp, WhyUnknown};
use sekisho_policy_enforcement::{Audience, CookieKey, SessionCookie};
use sekisho_rest::{Api, Asker, Caller, Rest};
use sekisho_testbed::{Organisation, TemporaryServices};
use sekisho_web::{Contents, FormKey, Pages, Site};
use serde_json::json;
use tower::ServiceExt as _;

/// The list of capabilities.
pub(crate) const ALL: &[Capability<State>] = &[capability()];
/// The list of pages.
pub(crate) const PAGES: &[Pages<State>] = &[pages()];

/// The list of routes of the REST API.
pub(crate) const API: &[Api<State>] = &[api()];

const POLICY: &str = r#"
@id("operators-look-at-resources")
permit (principal in Sekisho::Group::"operators", action == Sekisho::Action::"read", resource == Sekisho::Resource::"platform-resources");
"#;

/// What capabilities are given.
#[derive(Debug, Clone)]
pub(crate) struct State {
    services: Services,
    unowned: Unowned,
}

impl AsRef<Services> for State {
    fn as_ref(&self) -> &Services {
        &self.services
    }
}

impl AsRef<Unowned> for State {
    fn as_ref(&self) -> &Unowned {
        &self.unowned
    }
}

/// The metrics of every capability, as the platform's collector writes them.
#[derive(Debug)]
pub(crate) struct Metrics(pub(crate) State);

impl Collector for Metrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        ALL.iter().try_for_each(|capability| (capability.metrics)(&self.0, &mut encoder))
    }
}

pub(crate) fn readiness(state: &State) -> Vec<Readiness> {
    ALL.iter().map(|capability| (capability.ready)(state)).collect()
}

/// An organisation: alice, and olivia, who may look at resources; both are signed in. One application has no owner.
pub(crate) struct Place {
    pub(crate) here: TemporaryServices,
    pub(crate) state: State,
    site: Site,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let console =
            json!({ "id": "sekisho-console", "name": { "en": "Console", "ja": "コンソール" }, "owner": "olivia" });
        let part = Part::Resources.resource();
        let resources = json!({ "id": part, "name": { "en": "Resources", "ja": "リソース" }, "categories": [PLATFORM_CATEGORY], "owner": "olivia" });
        let organisation = Organisation::empty()
            .user("alice", &["staff"])
            .user("olivia", &["operators"])
            .application("wiki")
            .with(Kind::Resource, "sekisho-console", console)
            .with(Kind::Resource, part, resources)
            .policy("example", POLICY);
        let here = TemporaryServices::new(organisation).await;
        for user in ["alice", "olivia"] {
            let session = session(user, here.clock.now());
            here.put(Kind::Session, &session.id.to_string(), serde_json::to_value(&session).expect("a body")).await;
        }
        let state = State { services: here.services.clone(), unowned: Unowned::default() };
        let clock = here.clock.clone();
        let site = Site {
            world: here.worlds(),
            store: here.services.store.clone(),
            ledger: here.services.ledger.clone(),
            cookie_key: CookieKey::new(&[1; 32]),
            form_key: FormKey::new(&[2; 32]),
            portal: "portal.localhost".parse().expect("a host"),
            port: 443,
            agent_port: 47_443,
            clock: Arc::new(move || clock.now()),
            contents: Contents::of(PAGES),
            activity: Arc::new(|_, _| ()),
        };
        Self { here, state, site }
    }

    /// What somebody gets who is signed in as that user, or as nobody.
    pub(crate) async fn get(&self, path: &str, user: Option<&str>, language: &str) -> (StatusCode, String) {
        let mut request = http::Request::get(path).header(ACCEPT_LANGUAGE, language);
        if let Some(user) = user {
            let cookie = SessionCookie { session: id(user), rotation: 0 };
            let value = cookie.value(&self.site.cookie_key, Audience::Portal);
            request = request.header(COOKIE, format!("{}={value}", SessionCookie::NAME));
        }
        let router = sekisho_web::router(&self.site, PAGES.iter().map(|pages| (pages.routes)(&self.state)));
        answered(router, request.body(Body::empty()).expect("a request")).await
    }

    /// What a program of that user gets from the REST API, or one of nobody.
    pub(crate) async fn ask(&self, path: &str, user: Option<&str>) -> (StatusCode, String) {
        let mut request = http::Request::get(path);
        if let Some(user) = user {
            request = request.header(AUTHORIZATION, user);
        }
        let services = &self.state.services;
        let rest = Rest {
            world: services.world.clone(),
            ledger: services.ledger.clone(),
            changes: services.changes.clone(),
            clock: services.clock.clone(),
            // In place of a credential that only the platform can make.
            authenticate: Arc::new(|headers, _, world, now| {
                let user = headers.get(AUTHORIZATION)?.to_str().ok()?;
                let session = world.live_session(&id(user), now)?.clone();
                let device = Evidence::Unknown(WhyUnknown::NotProven);
                Some(Caller { actor: Actor::User(user.to_owned()), asker: Asker::Session { session, device } })
            }),
        };
        let routes = API.iter().map(|api| (api.routes)(&self.state));
        let router = sekisho_rest::serve(&rest, "/api/v1", routes).expect("a document");
        answered(router, request.body(Body::empty()).expect("a request")).await
    }
}

/// What a service answers to a request that came through the gateway.
async fn answered(router: Router, mut request: http::Request<Body>) -> (StatusCode, String) {
    let address = ([192, 0, 2, 10], 50_000).into();
    request.extensions_mut().insert(Peer { address, device: None, request: RequestId::new("request-1") });
    let (head, body) = router.oneshot(request).await.expect("an answer").into_parts();
    let body = to_bytes(body, 1_000_000).await.expect("a body");
    (head.status, String::from_utf8_lossy(&body).into_owned())
}

fn id(user: &str) -> SessionId {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(user.bytes()).for_each(|(to, from)| *to = from);
    SessionId::from_bytes(bytes)
}

fn session(user: &str, now: Timestamp) -> Session {
    Session {
        id: id(user),
        user: user.parse().expect("a user"),
        established_at: now,
        authenticated_at: now,
        expires_at: now.plus(Span::from_minutes(60)),
        methods: MethodSet::EMPTY.with(Method::Passkey),
        rotation: 0,
        renewals: sekisho_model::documents::Renewals::default(),
        other: Default::default(),
        device: None,
        device_key: None,
        address: "192.0.2.10".to_owned(),
        user_agent: String::new(),
    }
}
