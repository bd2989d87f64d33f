//! COOK-10: a person's cookie without their device. Where an application asks for the device, the cookie alone opens nothing, nor
//! does it with somebody else's device; and the record says so.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use sekisho_attacks::{Client, Response};
use sekisho_e2e::client::Person;
use sekisho_e2e::platform::AgentProcess;
use serde_json::Value;

use crate::cookies::{COOKIE, PORTAL, told, value_of};
use crate::ground::{APP, Ground};
use crate::moments::apply;
use crate::record::{Happened, holds, text};
use crate::scenario::{Outcome, Scenario, conclude, run};
use crate::sessions::asks;

/// An application that shakes hands with nobody who has no device.
const BOUND: &str = "bound.localhost";
/// An application that asks for the device, and whose policy wants it.
const KNOWN: &str = "known.localhost";
/// How long a change may take to be served on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A ground with two people and the device of each.
pub(crate) struct Owners {
    ground: Ground,
    alice: AgentProcess,
    mallory: AgentProcess,
}

impl Owners {
    async fn start() -> Self {
        let ground = Ground::start().await;
        let user = |id: &str| {
            format!("[[user]]\nid = \"{id}\"\nname = \"{id}\"\nemployment = \"staff\"\ngroups = [\"staff\"]\n")
        };
        let resource = |id: &str, asks: &str, more: &str| {
            format!(
                "[[resource]]\nid = \"{id}\"\nname = {{ en = \"{id}\" }}\nhost = \"{id}.localhost\"\nsensitivity = 1\n\
                 upstream = \"http://127.0.0.1:{}\"\nclient_certificate = \"{asks}\"\n{more}",
                ground.recorder.address.port()
            )
        };
        let documents = [
            user("mallory"),
            resource("bound", "required", "categories = [\"open\"]\n"),
            resource("known", "optional", ""),
        ];
        let policy = "@id(\"known-devices\") permit (principal in Sekisho::Group::\"staff\", action, \
                      resource == Sekisho::Resource::\"known\")\nwhen { context has device && context.device has compliant && context.device.compliant };\n";
        apply(&ground, &[("owners.toml", &documents.concat()), ("owners.cedar", policy)]).await.unwrap();
        let platform = &ground.platform;
        // One after the other: each applies the checks of the tests.
        let alice = platform.enrolled("d-alice", "alice").await.unwrap();
        let mallory = platform.enrolled("d-mallory", "mallory").await.unwrap();
        Self { ground, alice, mallory }
    }

    /// What an application answers to a cookie, with a device's certificate or without; `None` without an answer.
    async fn asks(&self, host: &str, cookie: &str, device: Option<&AgentProcess>) -> Result<Option<Response>, String> {
        let tls = match device {
            Some(device) => holding(self.ground.platform.authority(), device.folder()),
            None => self.ground.setting.tls.clone(),
        };
        let Ok(mut client) = Client::connect(self.ground.setting.address, tls, host).await else { return Ok(None) };
        let request = format!("GET /status HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n");
        if client.send(request.as_bytes()).await.is_err() {
            return Ok(None);
        }
        // TLS 1.3 tells a client whose certificate is missing after its own handshake is over.
        Ok(client.response("GET").await.ok().flatten())
    }

    /// Alice in a browser of her own, and her cookie for that application.
    async fn alice_at(&self, host: &str) -> Result<(Person, String), String> {
        let mut alice = self.ground.platform.signed_in("alice").await.map_err(told)?;
        // The page itself may be refused, with its cookie set all the same; a handshake that wants a certificate gives none.
        let _ = alice.open(host, "/").await;
        let cookie = alice.cookie(host);
        Ok((alice, cookie))
    }
}

/// A client of the platform that shows a device's certificate.
fn holding(authority: &Path, device: &Path) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let chain =
        CertificateDer::pem_file_iter(device.join("device.crt")).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_file(device.join("device.key")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_root_certificates(roots).with_client_auth_cert(chain, key).unwrap())
}

pub(crate) fn scenarios() -> Vec<Scenario<Owners>> {
    vec![
        Scenario::new("COOK-10a", |place| Box::pin(a_cookie_alone_is_denied(place))),
        Scenario::new("COOK-10b", |place| Box::pin(a_handshake_without_a_device_ends(place))),
        Scenario::new("COOK-10c", |place| Box::pin(somebody_elses_device_does_not_count(place))),
        Scenario::new("COOK-10d", |place| Box::pin(a_copy_from_before_the_proof_gains_no_device(place))),
        Scenario::new("COOK-10e", |place| Box::pin(nobody_binds_another_device(place))),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i15_a_cookie_without_its_device_opens_nothing_that_asks_for_it() {
    let place = Owners::start().await;
    let scenarios = scenarios();
    let mut failures = run(&place.ground.bystander, &place, &scenarios, 1).await;
    let Owners { ground, alice, mallory } = place;
    drop((alice, mallory));
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("COOK (devices)", scenarios.len(), &failures);
}

/// A denial that the record explains: whose cookie, that no device counted, and what would help. The application saw nothing.
async fn is_denied_on_record(place: &Owners, cookie: &str, device: Option<&AgentProcess>) -> Outcome {
    place.ground.recorder.forget();
    let answer = place.asks(KNOWN, cookie, device).await?.ok_or("no answer")?;
    let id = answer.field("x-request-id").unwrap_or_default().to_owned();
    let found = place.ground.platform.command(&["decision", "show", &id]).await.map_err(told)?;
    let seen = place.ground.recorder.recorded().bytes.len();
    let recorded = [text(&found, "/decision/outcome"), text(&found, "/decision/subject")];
    let device = found.pointer("/decision/device");
    let remedies = found.pointer("/decision/remedies").map(Value::to_string).unwrap_or_default();
    let right = answer.status == 403 && seen == 0 && recorded == ["deny", "alice"] && device.is_none();
    if right && remedies.contains("device") {
        Ok(())
    } else {
        Err(format!("{}, {seen} connections have bytes, and the record says {found}", answer.status))
    }
}

async fn a_cookie_alone_is_denied(place: &Owners) -> Outcome {
    let (_alice, cookie) = place.alice_at(KNOWN).await?;
    is_denied_on_record(place, &cookie, None).await?;
    match place.asks(KNOWN, &cookie, Some(&place.alice)).await?.map(|answer| answer.status) {
        Some(200) => Ok(()),
        other => Err(format!("{other:?} with her own device")),
    }
}

async fn a_handshake_without_a_device_ends(place: &Owners) -> Outcome {
    // Her browser gets the cookie of this application where her device is; here it is made of the portal's way by hand.
    let (mut alice, _) = place.alice_at(APP).await?;
    let cookie = handed_over(place, &mut alice).await?;
    place.ground.recorder.forget();
    let alone = place.asks(BOUND, &cookie, None).await?.map(|answer| answer.status);
    let seen = place.ground.recorder.recorded().bytes.len();
    let own = place.asks(BOUND, &cookie, Some(&place.alice)).await?.map(|answer| answer.status);
    if (alone, seen, own) == (None, 0, Some(200)) {
        Ok(())
    } else {
        Err(format!("{alone:?} alone, {seen} connections have bytes, {own:?} with her device"))
    }
}

/// The hand-over to an application that a browser without a certificate does not reach, as a browser with it goes through it.
async fn handed_over(place: &Owners, alice: &mut Person) -> Result<String, String> {
    let began = Instant::now();
    let first = loop {
        match place.asks(BOUND, "a=b", Some(&place.alice)).await? {
            Some(answer) => break answer,
            None if began.elapsed() < PATIENCE => {}
            None => return Err("the application is not served".to_owned()),
        }
    };
    let navigation = |path: &str, cookie: &str| {
        format!(
            "GET {path} HTTP/1.1\r\nHost: {BOUND}:{}\r\nAccept: text/html\r\nSec-Fetch-Mode: navigate\r\nCookie: {cookie}\r\n\r\n",
            place.ground.platform.port()
        )
    };
    let send = async |request: String| {
        let tls = holding(place.ground.platform.authority(), place.alice.folder());
        let client = Client::connect(place.ground.setting.address, tls, BOUND).await;
        let mut client = client.map_err(|error| error.to_string())?;
        client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
        client.response("GET").await.map_err(|error| error.to_string())?.ok_or_else(|| "no answer".to_owned())
    };
    drop(first);
    let begun = send(navigation("/", "a=b")).await?;
    let flow = begun.field("set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap_or_default().to_owned();
    let to = begun.field("location").unwrap_or_default().to_owned();
    let back = alice.ask(&to, &[]).await.map_err(told)?;
    let code = back.header("location").split_once("/.sekisho/").map(|(_, rest)| format!("/.sekisho/{rest}"));
    let code = code.ok_or_else(|| format!("{} leads to {:?}", to, back.header("location")))?;
    let done = send(navigation(&code, &flow)).await?;
    let set = done.values("set-cookie").iter().find_map(|cookie| cookie.strip_prefix(&format!("{COOKIE}=")));
    let value = set.and_then(|cookie| cookie.split(';').next()).filter(|value| !value.is_empty());
    value
        .map(|value| format!("{COOKIE}={value}"))
        .ok_or_else(|| format!("no cookie: {} {:?}", done.status, done.fields))
}

/// A session whose device was proven, and its cookie on another enrolled device: neither device counts.
async fn somebody_elses_device_does_not_count(place: &Owners) -> Outcome {
    let (mut alice, _) = place.alice_at(KNOWN).await?;
    alice.prove_device(&place.alice).await.map_err(told)?.expect(200).map_err(told)?;
    alice.open(KNOWN, "/").await.map_err(told)?.expect(200).map_err(told)?;
    let cookie = alice.cookie(KNOWN);
    is_denied_on_record(place, &cookie, Some(&place.mallory)).await?;
    match place.asks(KNOWN, &cookie, Some(&place.alice)).await?.map(|answer| answer.status) {
        Some(200) => Ok(()),
        other => Err(format!("{other:?} with her own device")),
    }
}

/// Pages that are open go on; who copied their cookies has no more by them than before, and the portal's is dead.
async fn a_copy_from_before_the_proof_gains_no_device(place: &Owners) -> Outcome {
    let (mut alice, _) = place.alice_at(APP).await?;
    alice.open(KNOWN, "/").await.map_err(told)?;
    let [copy, known, portal] = [APP, KNOWN, PORTAL].map(|host| alice.cookie(host));
    let before = asks(&place.ground, &copy).await?;
    alice.prove_device(&place.alice).await.map_err(told)?.expect(200).map_err(told)?;
    let after = asks(&place.ground, &copy).await?;
    is_denied_on_record(place, &known, None).await?;
    alice.open(KNOWN, "/").await.map_err(told)?.expect(200).map_err(told)?;
    let mut thief = place.ground.platform.person().map_err(told)?;
    thief.plant_cookie(PORTAL, COOKIE, &value_of(&portal, COOKIE));
    let led =
        thief.ask(&format!("https://{PORTAL}:{}/devices", place.ground.platform.port()), &[]).await.map_err(told)?;
    if (before, after, led.status) == (200, 200, 303) {
        Ok(())
    } else {
        Err(format!("{before} before and {after} after the proof, and {} at the portal", led.status))
    }
}

/// A thief with the portal's cookie cannot make the session that of a device of their own, before the owner's proof or after it.
async fn nobody_binds_another_device(place: &Owners) -> Outcome {
    let (mut alice, _) = place.alice_at(APP).await?;
    let mut thief = place.ground.platform.person().map_err(told)?;
    let mut refused = Vec::new();
    for proven in [false, true] {
        if proven {
            alice.prove_device(&place.alice).await.map_err(told)?.expect(200).map_err(told)?;
        }
        thief.plant_cookie(PORTAL, COOKIE, &value_of(&alice.cookie(PORTAL), COOKIE));
        refused.push(thief.prove_device(&place.mallory).await.map_err(told)?.status);
    }
    alice.open(KNOWN, "/").await.map_err(told)?.expect(200).map_err(told)?;
    let listed = place.ground.platform.command(&["session", "list"]).await.map_err(told)?;
    let bound =
        listed.as_array().into_iter().flatten().filter(|session| text(session, "/device") == "d-mallory").count();
    if refused.iter().all(|status| (400..500).contains(status)) && bound == 0 {
        Ok(())
    } else {
        Err(format!("{refused:?}, and {bound} sessions with the thief's device"))
    }
}
