//! A gateway in this process: a World folded from documents, a real ledger in a temporary folder, an origin that records.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use rustls::ClientConfig;
use sekisho_attacks::{Client, Recorder, Response, trusting};
use sekisho_gateway::{
    AssertionSigner, Body, Certificates, GatewayConfig, GatewayParts, LocalHost, RunningGateway, ServerCertificate,
    SessionActivity, SessionTransferTicket, start, system_clock,
};
use sekisho_ledger::{Ledger, SigningKey};
use sekisho_model::documents::{Change, ClientCertificate, Kind};
use sekisho_model::{DecisionRecord, DeviceId, Peer, PresentedDevice, ResourceId, SessionId, Timestamp};
use sekisho_policy_enforcement::{Audience, CookieKey, SessionCookie};
use sekisho_policy_information::{World, WorldBuilder};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use crate::device::Authority;

pub(crate) const PORTAL: &str = "portal.test";
pub(crate) const DEVICES: &str = "devices.test";
pub(crate) const TERMINALS: &str = "terminal.test";
pub(crate) const APP: &str = "app.test";
pub(crate) const OTHER: &str = "other.test";

const POLICIES: &str = r#"
@id("staff-use-app")
permit (principal in Sekisho::Group::"staff", action, resource == Sekisho::Resource::"app");

@id("nobody-administers")
@reason("The administration pages are closed.")
forbid (principal, action, resource == Sekisho::Resource::"app")
unless {
  context has request && context.request.path != "/admin" && !(context.request.path like "/admin/*")
};

@id("payroll-needs-passkey")
permit (principal in Sekisho::Group::"staff", action, resource == Sekisho::Resource::"strong")
when { context.session.assurance >= 3 };

@id("device-owners")
permit (principal in Sekisho::Group::"staff", action, resource == Sekisho::Resource::"devicebound")
when { context has device && context.device has compliant && context.device.compliant };
"#;

/// The transfer codes that have not been redeemed.
type Tickets = Arc<Mutex<Vec<([u8; 32], SessionTransferTicket)>>>;

/// Everything that a test touches.
pub(crate) struct Platform {
    pub(crate) gateway: RunningGateway,
    pub(crate) ledger: Ledger,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) recorder: Recorder,
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) root: Vec<u8>,
    pub(crate) authority: Authority,
    pub(crate) certificates: Arc<Certificates>,
    pub(crate) cookie_key: CookieKey,
    pub(crate) tickets: Tickets,
    pub(crate) activity: mpsc::Receiver<Vec<SessionActivity>>,
    pub(crate) exposed: mpsc::Receiver<String>,
    pub(crate) alive: watch::Sender<Timestamp>,
    builder: WorldBuilder,
    revision: u64,
    worlds: watch::Sender<Arc<World>>,
}

pub(crate) fn now() -> Timestamp {
    system_clock()()
}

impl Platform {
    /// With the defaults of tests: one worker, every decision made by itself and recorded, every one shadow-checked.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut GatewayConfig)) -> Self {
        let recorder = Recorder::start().await.expect("an origin");
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = Ledger::open(folder.path(), "test/ledger", SigningKey::from_seed(&[3; 32]).expect("a key"))
            .expect("a ledger");
        let mut builder = WorldBuilder::new();
        let mut revision = 0;
        for (kind, id, body) in documents(recorder.address) {
            fold(&mut builder, &mut revision, kind, &id, Some(body));
        }
        let first = builder.publish(now());
        assert_eq!(first.problems().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
        let (worlds, world) = watch::channel(first);
        let (alive, control_plane_alive) = watch::channel(now());
        let (reports, activity) = mpsc::channel(64);
        let (expose, exposed) = mpsc::channel(64);
        let tickets = Tickets::default();
        let authority = Authority::new();
        let cookie_key = CookieKey::new(&[5; 32]);
        let certificate = rcgen::generate_simple_self_signed(
            [PORTAL, DEVICES, TERMINALS, APP, OTHER, "strong.test", "devicebound.test"].map(String::from),
        )
        .expect("a certificate");
        let root = certificate.cert.der().to_vec();
        let server = ServerCertificate {
            hosts: [PORTAL, DEVICES, TERMINALS, APP, OTHER, "strong.test", "devicebound.test"]
                .map(String::from)
                .to_vec(),
            chain: vec![certificate.cert.der().clone()],
            key: rustls::pki_types::PrivatePkcs8KeyDer::from(certificate.signing_key.serialize_der()).into(),
        };
        let assertion_key =
            rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key").serialize_der();
        let mut config = GatewayConfig {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
            workers: 1,
            shadow_every: 1,
            memory: 0,
            shutdown_timeout: Duration::from_millis(500),
            ..GatewayConfig::default()
        };
        change(&mut config);
        let certificates =
            Arc::new(Certificates::new(vec![server], std::slice::from_ref(&authority.root)).expect("certificates"));
        let parts = GatewayParts {
            inherited: Vec::new(),
            config,
            portal: PORTAL.parse().expect("a host"),
            local: vec![
                local(PORTAL, ClientCertificate::None),
                local(DEVICES, ClientCertificate::Optional),
                local(TERMINALS, ClientCertificate::Optional),
            ],
            terminals: TERMINALS.parse().expect("a host"),
            decisions: None,
            world,
            control_plane_alive,
            ledger: ledger.clone(),
            certificates: Arc::clone(&certificates),
            devices: Arc::new(|_| {
                Some(PresentedDevice { id: "laptop".parse::<DeviceId>().expect("an id"), key_sha256: "ab".repeat(32) })
            }),
            cookie_key: cookie_key.clone(),
            session_transfer: redeem(tickets.clone()),
            assertions: Arc::new(AssertionSigner::new(&assertion_key, "https://portal.test").expect("a signer")),
            pages: None,
            activity: reports,
            exposed: expose,
            observers: Default::default(),
            clock: system_clock(),
        };
        let gateway = start(parts).expect("a gateway");
        let tls = trusting(&root, &[b"http/1.1"]).expect("a client");
        Self {
            gateway,
            ledger,
            folder,
            recorder,
            tls,
            root,
            authority,
            certificates,
            cookie_key,
            tickets,
            activity,
            exposed,
            alive,
            builder,
            revision,
            worlds,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        *self.gateway.addresses.first().expect("an address")
    }

    /// Puts or deletes a document, and publishes the World with it.
    pub(crate) fn change(&mut self, kind: Kind, id: &str, body: Option<Value>) {
        fold(&mut self.builder, &mut self.revision, kind, id, body);
        self.alive.send_replace(now());
        self.worlds.send_replace(self.builder.publish(now()));
    }

    pub(crate) fn cookie(&self, audience: Audience<'_>, session: [u8; 16]) -> String {
        let cookie = SessionCookie { session: SessionId::from_bytes(session), rotation: 0 };
        format!("{}={}", SessionCookie::NAME, cookie.value(&self.cookie_key, audience))
    }

    pub(crate) fn app_cookie(&self, resource: &str) -> String {
        self.cookie(Audience::Application(&resource.parse::<ResourceId>().expect("an id")), ALICE)
    }

    pub(crate) async fn client(&self, host: &str) -> Client {
        Client::connect(self.address(), self.tls.clone(), host).await.expect("a connection")
    }

    /// One request on a connection of its own.
    pub(crate) async fn ask(&self, host: &str, request: &str) -> Response {
        let mut client = self.client(host).await;
        client.send(request.as_bytes()).await.expect("sent");
        client.response(request.split(' ').next().unwrap_or_default()).await.expect("a response").expect("a response")
    }

    /// A GET with further lines.
    pub(crate) async fn get(&self, host: &str, path: &str, lines: &str) -> Response {
        self.ask(host, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n")).await
    }

    pub(crate) async fn decision(&self, request: &str) -> Option<DecisionRecord> {
        self.ledger.find_decision(request).await.map(|(_, decision)| decision)
    }
}

/// Alice's session, with two factors. Its opposite, `BOB`, is a session of somebody who is in no group.
pub(crate) const ALICE: [u8; 16] = [1; 16];
pub(crate) const BOB: [u8; 16] = [2; 16];

pub(crate) fn session(id: [u8; 16], user: &str, methods: &[&str]) -> Value {
    json!({
        "id": SessionId::from_bytes(id).to_string(), "user": user, "established_at": now(), "authenticated_at": now(),
        "expires_at": now().plus(sekisho_model::Span::from_minutes(60)), "methods": methods, "address": "127.0.0.1",
    })
}

fn documents(origin: SocketAddr) -> Vec<(Kind, String, Value)> {
    let resource = |id: &str| {
        let body = json!({
            "id": id, "name": { "en": format!("The {id}") }, "host": format!("{id}.test"), "sensitivity": 1,
            "upstream": format!("http://{origin}"),
        });
        (Kind::Resource, id.to_owned(), body)
    };
    let session_id = |id| SessionId::from_bytes(id).to_string();
    vec![
        (Kind::Group, "staff".into(), json!({ "id": "staff", "name": "Staff" })),
        (
            Kind::User,
            "alice".into(),
            json!({ "id": "alice", "name": "Alice", "groups": ["staff"], "employment": "staff" }),
        ),
        (Kind::User, "bob".into(), json!({ "id": "bob", "name": "Bob" })),
        resource("app"),
        resource("other"),
        resource("strong"),
        resource("devicebound"),
        (Kind::Policy, "test.cedar".into(), json!({ "text": POLICIES })),
        (Kind::Session, session_id(ALICE), session(ALICE, "alice", &["password", "totp"])),
        (Kind::Session, session_id(BOB), session(BOB, "bob", &["passkey"])),
    ]
}

fn fold(builder: &mut WorldBuilder, revision: &mut u64, kind: Kind, id: &str, body: Option<Value>) {
    *revision += 1;
    let change = Change { revision: *revision, kind, id: id.to_owned(), body, at: now() };
    builder.apply(&change).unwrap_or_else(|problem| panic!("{kind}/{id}: {problem}"));
}

fn redeem(tickets: Tickets) -> sekisho_gateway::SessionTransfer {
    Arc::new(move |code| {
        let mut tickets = tickets.lock().expect("no test panicked");
        let found = tickets.iter().position(|(other, _)| *other == code).map(|at| tickets.remove(at).1);
        Box::pin(async move { found })
    })
}

/// A local service that says what it was asked, by whom, with how much of a body.
fn local(host: &'static str, client_certificate: ClientCertificate) -> LocalHost {
    let service = Arc::new(
        move |request: http::Request<Body>| -> futures_util::future::BoxFuture<'static, http::Response<Body>> {
            Box::pin(async move {
                let peer = request.extensions().get::<Peer>().cloned();
                let (parts, body) = request.into_parts();
                let body = body.collect().await.map(|body| body.to_bytes().len());
                let said = json!({
                    "host": host, "path": parts.uri.to_string(), "method": parts.method.as_str(), "body": body.ok(),
                    "request": peer.map(|peer| peer.request.to_string()),
                    "fields": parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().into())).collect::<Vec<(String, String)>>(),
                });
                let body = Full::from(said.to_string()).map_err(|never| match never {}).boxed_unsync();
                http::Response::new(body)
            })
        },
    );
    LocalHost { host: host.parse().expect("a host"), client_certificate, service }
}
