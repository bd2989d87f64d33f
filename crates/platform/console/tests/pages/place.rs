//! The portal's router over everything it works with, in a folder of its own, with some people and resources.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use sekisho_capability::{
    Changes, Clock, Entropy, Leases, Part, ROLE_GROUPS, Services, TaskFailure, TaskList, TaskStatus,
};
use sekisho_certificates::{CertificateRow, CertificateRows};
use sekisho_control_plane::{ControlPlane, world_owner};
use sekisho_devices::Devices;
use sekisho_editor::{Probed, UpstreamProbe};
use sekisho_federation::Federation;
use sekisho_find::Finder;
use sekisho_identity::{Identity, Right, Secret, Settings};
use sekisho_ledger::{Ledger, SigningKey};
use sekisho_model::documents::Kind;
use sekisho_model::{Actor, Span, Timestamp, UserId};
use sekisho_overview::Overview;
use sekisho_policy_enforcement::CookieKey;
use sekisho_software_passkey::SoftwarePasskey;
use sekisho_store::{Expected, MasterKey, Store, Write};
use sekisho_web::{Contents, FormKey, Pages, Route, Site};
use serde_json::{Value, json};
use tokio::sync::watch;

pub(crate) const ORIGIN: &str = "https://portal.localhost:8443";
pub(crate) const PASSWORD: &str = "tsugaru strait in winter";

/// The pages of the portal's host, as the program lists them.
const PAGES: &[Pages<State>] = &[
    sekisho_portal::pages(),
    sekisho_console::pages(),
    sekisho_editor::pages(),
    sekisho_federation::pages(),
    sekisho_access_requests::pages(),
];

/// What the pages act through.
struct State {
    services: Services,
    identity: Identity,
    federation: Federation,
    devices: Devices,
    tasks: TaskList,
    control_plane: ControlPlane,
    probe: UpstreamProbe,
    finder: Finder,
    certificates: CertificateRows,
    overview: Overview,
}

impl AsRef<Services> for State {
    fn as_ref(&self) -> &Services {
        &self.services
    }
}

impl AsRef<ControlPlane> for State {
    fn as_ref(&self) -> &ControlPlane {
        &self.control_plane
    }
}

impl AsRef<UpstreamProbe> for State {
    fn as_ref(&self) -> &UpstreamProbe {
        &self.probe
    }
}

impl AsRef<Finder> for State {
    fn as_ref(&self) -> &Finder {
        &self.finder
    }
}

impl AsRef<Overview> for State {
    fn as_ref(&self) -> &Overview {
        &self.overview
    }
}

impl AsRef<CertificateRows> for State {
    fn as_ref(&self) -> &CertificateRows {
        &self.certificates
    }
}

impl AsRef<Federation> for State {
    fn as_ref(&self) -> &Federation {
        &self.federation
    }
}

impl AsRef<Identity> for State {
    fn as_ref(&self) -> &Identity {
        &self.identity
    }
}

impl AsRef<Devices> for State {
    fn as_ref(&self) -> &Devices {
        &self.devices
    }
}

impl AsRef<TaskList> for State {
    fn as_ref(&self) -> &TaskList {
        &self.tasks
    }
}

/// What is found at every address: an application that redirects.
fn probed() -> Probed {
    let answer = Ok((302, Some("https://login.example/".to_owned())));
    Probed { addresses: vec![(SocketAddr::from(([192, 0, 2, 80], 80)), answer)], ..Probed::default() }
}

/// A certificate that is good, and one that could not be renewed.
fn certificates(now: Timestamp) -> CertificateRows {
    let row = |host: &str, days: i64, problem: Option<&str>| CertificateRow {
        host: Some(host.to_owned()),
        source: "acme",
        until: now.plus(Span::from_minutes(days * 1440)),
        renew_at: None,
        problem: problem.map(str::to_owned),
        next_try_at: None,
    };
    let problem = Some("the authority <b>refuses</b>");
    watch::Sender::new(vec![row("wiki.localhost", 60, None), row("old.localhost", 2, problem)]).subscribe()
}

/// A task that works, one that fails and one that another process does.
fn tasks() -> TaskList {
    let task = |name, text| TaskStatus { name, text, here: true, last_success: None, next: None, failure: None };
    let at = Timestamp::from_millis(1_789_999_990_000);
    let failure = Some(TaskFailure { at, why: "the store <b>does not</b> answer".to_owned() });
    watch::Sender::new(vec![
        TaskStatus {
            last_success: Some(at),
            next: Some(at.plus(Span::from_seconds(60))),
            ..task("one-time-sweep", ("Sweeps", "掃除"))
        },
        TaskStatus { failure, ..task("sessions-end", ("Ends sessions", "セッションの終了")) },
        TaskStatus { here: false, ..task("directory-pull", ("Pulls a directory", "ディレクトリの取得")) },
    ])
    .subscribe()
}

pub(crate) struct Place {
    pub(crate) site: Site,
    pub(crate) identity: Identity,
    pub(crate) devices: Devices,
    pub(crate) overview: Overview,
    pub(crate) router: Router,
    pub(crate) clock: Arc<AtomicI64>,
    _folder: tempfile::TempDir,
}

const POLICIES: &str = r#"
@id("staff-read-the-wiki")
permit (principal in Sekisho::Group::"staff", action in Sekisho::Action::"use", resource == Sekisho::Resource::"wiki");

@id("payroll-for-finance")
@reason("Payroll is for the finance department.")
@reason_ja("給与は経理部だけが利用できます。")
permit (principal in Sekisho::Group::"finance", action in Sekisho::Action::"use", resource == Sekisho::Resource::"payroll")
when { context.session.phishing_resistant && context.session.auth_age <= duration("15m") };

@id("console-for-administrators")
permit (principal in Sekisho::Group::"administrators", action in Sekisho::Action::"use", resource == Sekisho::Resource::"sekisho-console")
when { context.session.phishing_resistant };
"#;

impl Place {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display()).parse().unwrap();
        let store = Store::open(&url, MasterKey::generate().unwrap()).await.unwrap();
        let key = SigningKey::from_seed(&[7; 32]).unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger"), "test.localhost/ledger", key).unwrap();
        let clock = Arc::new(AtomicI64::new(1_790_000_000_000));
        let now = Timestamp::from_millis(clock.load(Ordering::SeqCst));
        let settings =
            Settings { portal: "portal.localhost".parse().unwrap(), port: 8443, name: "Sekisho test".to_owned() };
        let identity = Identity::open(store.clone(), ledger.clone(), settings, now).await.unwrap();
        let devices = Devices::open(store.clone(), ledger.clone(), ORIGIN, 47_443, now).await.unwrap();
        put_everything(&store, now).await;
        let reader = Arc::clone(&clock);
        let time = Arc::clone(&clock);
        let now = move || Timestamp::from_millis(time.load(Ordering::SeqCst));
        let (publication, _) = world_owner::start(store.clone(), now.clone()).await.unwrap();
        let world = publication.world.borrow().clone();
        assert_eq!(world.problems().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
        let control_plane = ControlPlane {
            store: store.clone(),
            ledger: ledger.clone(),
            clock: Clock::new(now.clone()),
            ledger_folder: folder.path().join("ledger"),
            publication,
            identity: identity.clone(),
            devices: devices.clone(),
            portal_origin: ORIGIN.to_owned(),
            devices_origin: "https://devices.localhost:8443".to_owned(),
            decisions_origin: "https://decisions.localhost:8443".to_owned(),
        };
        let site = Site {
            world: control_plane.publication.world.clone(),
            store,
            ledger,
            cookie_key: CookieKey::new(&[1; 32]),
            form_key: FormKey::new(&[2; 32]),
            portal: "portal.localhost".parse().unwrap(),
            port: 8443,
            agent_port: 47_443,
            clock: Arc::new(move || Timestamp::from_millis(reader.load(Ordering::SeqCst))),
            contents: Contents::of(PAGES),
            activity: Arc::new(|_, _| ()),
        };
        let probe = UpstreamProbe::new(|_| Box::pin(async { probed() }));
        let finder = Finder::new(site.world.clone());
        let overview = Overview::new(|| None);
        let (changes, clock_of) = (Changes::new(site.store.clone(), site.ledger.clone()), control_plane.clock.clone());
        let services = Services {
            leases: Leases::new(site.store.clone(), changes.clone(), clock_of.clone(), "test"),
            store: site.store.clone(),
            ledger: site.ledger.clone(),
            world: site.world.clone(),
            entropy: Entropy::system(),
            clock: clock_of,
            changes,
        };
        let state = State {
            federation: Federation::new(services.clone(), identity.clone(), ORIGIN),
            services,
            identity: identity.clone(),
            devices: devices.clone(),
            tasks: tasks(),
            finder,
            certificates: certificates(now()),
            overview: overview.clone(),
            control_plane,
            probe,
        };
        let pages = PAGES.iter().map(|pages| (pages.routes)(&state));
        Self { router: sekisho_web::router(&site, pages), site, identity, devices, overview, clock, _folder: folder }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.site.clock)()
    }

    pub(crate) fn pass(&self, span: Span) {
        self.clock.fetch_add(span.as_millis(), Ordering::SeqCst);
    }

    /// Gives a user the usual password by an enrolment link.
    pub(crate) async fn give_password(&self, name: &str) {
        let token = self.link(name).await;
        let right = Right::Link(&token);
        let set = self.identity.set_password(right, &Secret::from(PASSWORD), self.now()).await;
        drop(set.unwrap());
    }

    /// Gives a user a passkey by an enrolment link.
    pub(crate) async fn give_passkey(&self, name: &str) -> SoftwarePasskey {
        let token = self.link(name).await;
        let (identity, right) = (&self.identity, Right::Link(&token));
        let mut passkey = SoftwarePasskey::default();
        let ceremony = identity.begin_registration(right, self.now()).await.unwrap();
        let answer = passkey.create(&ceremony.options, ORIGIN).unwrap();
        let done = identity.finish_registration(right, &ceremony.state, &answer, "Test key", self.now()).await;
        drop(done.unwrap());
        passkey
    }

    pub(crate) async fn link(&self, name: &str) -> String {
        let user: UserId = name.parse().unwrap();
        let link = self.identity.enrolment_link(&user, Actor::System, self.now()).await.unwrap();
        link.token.expose().to_owned()
    }

    /// Puts a document and waits until the World shows it.
    pub(crate) async fn put(&self, kind: Kind, id: &str, body: Value) {
        self.commit(Write::Put { kind, id: id.to_owned(), expected: Expected::Any, body }).await;
    }

    /// Deletes a document and waits until the World has done so.
    pub(crate) async fn delete(&self, kind: Kind, id: &str) {
        self.commit(Write::Delete { kind, id: id.to_owned(), expected: Expected::Any }).await;
    }

    async fn commit(&self, write: Write) {
        let revision = self.site.store.commit(vec![write], "test", self.now()).await.unwrap();
        let mut world = self.site.world.clone();
        world.wait_for(|world| world.revision() >= revision).await.unwrap();
    }
}

/// Every route of the portal's host, with who may use it.
pub(crate) fn routes() -> Vec<Route> {
    let mut all = sekisho_web::asset_routes();
    all.extend_from_slice(sekisho_portal::routes().table());
    all.extend_from_slice(sekisho_console::routes().table());
    all.extend_from_slice(sekisho_editor::routes().table());
    all.extend_from_slice(sekisho_federation::routes().table());
    all.extend_from_slice(sekisho_access_requests::routes().table());
    all
}

/// The address of the test's browsers.
pub(crate) fn address() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 10], 50_000))
}

pub(crate) fn person(id: &str, name: &str, groups: &[&str]) -> Value {
    json!({"id": id, "name": name, "employment": "staff", "groups": groups})
}

/// Puts the parts of the platform, the shipped roles, and a member of each role whose account has the role's name.
pub(crate) async fn put_roles(place: &Place) {
    for part in Part::ALL {
        let (en, ja) = part.name();
        let body = json!({"id": part.resource(), "name": {"en": en, "ja": ja}, "sensitivity": 4, "categories": part.categories()});
        place.put(Kind::Resource, part.resource(), body).await;
    }
    for role in ROLE_GROUPS {
        place.put(Kind::Group, role, json!({"id": role, "name": role})).await;
        place.put(Kind::User, role, person(role, role, &[role])).await;
    }
    place.put(Kind::Policy, "roles", json!({"text": include_str!("../../../../../policies/roles.cedar")})).await;
}

async fn put_everything(store: &Store, now: Timestamp) {
    let put = |kind, id: &str, body| Write::Put { kind, id: id.to_owned(), expected: Expected::New, body };
    let resource = |id: &str, en: &str, ja: &str, host: Option<&str>| {
        let mut body = json!({"id": id, "name": {"en": en, "ja": ja}, "sensitivity": 2});
        if let Some(host) = host {
            body["host"] = json!(host);
            body["upstream"] = json!("http://127.0.0.1:9");
        }
        put(Kind::Resource, id, body)
    };
    let mut writes = vec![
        put(Kind::User, "alice", person("alice", "Alice Aoki", &["staff", "finance"])),
        put(Kind::User, "bob", person("bob", "<b>Bob</b> & 'co'", &["staff"])),
        put(Kind::User, "admin", person("admin", "Adminko", &["administrators"])),
        resource("wiki", "Wiki", "社内 Wiki", Some("wiki.localhost")),
        resource("payroll", "Payroll", "給与", Some("payroll.localhost")),
        resource("sekisho-console", "Sekisho console", "Sekisho コンソール", None),
        put(Kind::Policy, "test", json!({"text": POLICIES})),
        put(
            Kind::Device,
            "laptop",
            json!({"id": "laptop", "name": "Alice's <laptop>", "owner": "alice", "platform": "linux",
                "key_sha256": "11".repeat(32), "public_key": "AAAA"}),
        ),
        put(
            Kind::Check,
            "firewall",
            json!({"id": "firewall", "fact": "firewall.enabled", "expect": {"equals": true},
                "reason": {"en": "The firewall is off.", "ja": "ファイアウォールが無効です。"},
                "remedy": {"en": "Turn the firewall on.", "ja": "ファイアウォールを有効にしてください。"}}),
        ),
        put(
            Kind::Posture,
            "laptop",
            json!({"device": "laptop", "reported_at": now, "sequence": 1,
                "facts": {"firewall.enabled": false, "os.name": "<script>alert(1)</script>"},
                "failing": [{"check": "firewall", "found": "false"}]}),
        ),
    ];
    for group in ["staff", "finance", "administrators"] {
        writes.push(put(Kind::Group, group, json!({"id": group, "name": group})));
    }
    store.commit(writes, "test", now).await.unwrap();
}
