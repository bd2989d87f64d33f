//! TUN: what is asked of tunnels besides a permitted service by its name, and what ends one. A service that was not permitted
//! sees no connection at all.
//!
//! Of the catalogue, names that resolve to something else and rebinding (TUN-02, TUN-04) cannot be tried at connect time:
//! services are IP addresses, so that there is nothing to resolve. What is tried is to write a name where an address belongs.

use std::process::Stdio;
use std::time::{Duration, Instant};

use sekisho_attacks::h2::{Peer, field, frame};
use sekisho_attacks::{Client, Recorder};
use sekisho_e2e::client::Person;
use sekisho_e2e::platform::{AgentProcess, Terminal};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::ground::{APP, Ground, OTHER};
use crate::record::{Happened, access_events, holds, text};
use crate::scenario::{Outcome, Scenario, conclude, run};

const TERMINALS: &str = "terminal.localhost";
/// What the catalogue allows from the act to the last byte.
const CUT: Duration = Duration::from_secs(5);
/// How long something is waited for on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A ground with a service that staff may use, one that nobody may, and a signed-in terminal.
pub(crate) struct Services {
    ground: Ground,
    service: Recorder,
    token: String,
}

impl Services {
    async fn start() -> Self {
        let ground = Ground::start().await;
        let service = Recorder::start().await.unwrap();
        let port = service.address.port();
        let gateway = ground.platform.port();
        let documents = [
            tcp("db", &format!("127.0.0.1:{port}"), "open"),
            tcp("vault", &format!("127.0.0.1:{port}"), "closed"),
            tcp("loop", &format!("127.0.0.1:{gateway}"), "open"),
            tcp("mapped-loop", &format!("[::ffff:127.0.0.1]:{gateway}"), "open"),
        ];
        ground.platform.apply(&[("services.toml", &documents.concat())]).await.unwrap();
        let (_, _, token) = signed_in(&ground, "tun").await.unwrap();
        Self { ground, service, token }
    }

    async fn line(&self, host: &str) -> Result<Peer, String> {
        let setting = &self.ground.setting;
        Peer::begin(setting.address, setting.tls_h2.clone(), host).await.map_err(|error| error.to_string())
    }
}

fn tcp(id: &str, address: &str, category: &str) -> String {
    format!(
        "[[resource]]\nid = \"{id}\"\nname = {{ en = \"{id}\" }}\nkind = \"tcp\"\naddresses = [\"{address}\"]\n\
         sensitivity = 1\ncategories = [\"{category}\"]\n"
    )
}

/// Somebody of the staff, their terminal, and the credential that it got.
async fn signed_in(ground: &Ground, account: &str) -> Result<(Person, Terminal, String), String> {
    let mut person = ground.somebody(account).await;
    let terminal = ground.platform.terminal(None).map_err(|trouble| trouble.to_string())?;
    terminal.login(&mut person).await.map_err(|trouble| trouble.to_string())?;
    let session = std::fs::read(terminal.session()).map_err(|error| error.to_string())?;
    let session = serde_json::from_slice(&session).map_err(|error| error.to_string())?;
    Ok((person, terminal, text(&session, "/credential")))
}

/// The header block of a CONNECT, with the fields behind it.
fn connect(target: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let more: Vec<u8> = more.iter().flat_map(|(name, value)| field(name, value)).collect();
    [field(":method", "CONNECT"), field(":authority", target), more].concat()
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// What must come of a CONNECT that is refused.
#[derive(Clone, Copy)]
enum Refused {
    /// Answered with this status.
    With(u16),
    /// A malformed message: a reset, the connection's end, or a 4xx answer.
    Malformed,
}

/// `{port}` stands for the service's own port.
const TARGETS: [(&str, &str, Refused); 35] = [
    ("TUN-01a", "db:22", Refused::With(404)),
    ("TUN-01b", "vault", Refused::With(403)),
    ("TUN-01c", "vault:{port}", Refused::With(403)),
    ("TUN-01d", "vault:22", Refused::With(404)),
    ("TUN-01e", "nothing", Refused::With(404)),
    ("TUN-01f", "app", Refused::With(404)),
    ("TUN-01g", "app:443", Refused::With(404)),
    ("TUN-01h", "app.localhost:443", Refused::With(404)),
    ("TUN-01i", "portal.localhost:443", Refused::With(404)),
    ("TUN-02a", "127.0.0.1:{port}", Refused::Malformed),
    ("TUN-02b", "127.1:{port}", Refused::Malformed),
    ("TUN-02c", "2130706433:{port}", Refused::Malformed),
    ("TUN-02d", "0x7f000001:{port}", Refused::Malformed),
    ("TUN-02e", "0177.0.0.1:{port}", Refused::Malformed),
    ("TUN-02f", "[::1]:{port}", Refused::Malformed),
    ("TUN-02g", "[::ffff:127.0.0.1]:{port}", Refused::Malformed),
    ("TUN-02h", "localhost:{port}", Refused::With(404)),
    ("TUN-02i", "db.:{port}", Refused::Malformed),
    ("TUN-02j", "169.254.169.254:80", Refused::Malformed),
    ("TUN-05a", "db:0{port}", Refused::Malformed),
    ("TUN-05b", "db:{port}:22", Refused::Malformed),
    ("TUN-05c", "db:65536", Refused::Malformed),
    ("TUN-05d", "db:0", Refused::Malformed),
    ("TUN-05e", "db:", Refused::Malformed),
    ("TUN-05f", "db:+{port}", Refused::Malformed),
    ("TUN-05g", "db: {port}", Refused::Malformed),
    ("TUN-05h", "db:{port}/", Refused::Malformed),
    ("TUN-05i", "db:{port}?x", Refused::Malformed),
    ("TUN-05j", "db:{port}#x", Refused::Malformed),
    ("TUN-05k", "DB:{port}", Refused::Malformed),
    ("TUN-05l", "x@db:{port}", Refused::Malformed),
    ("TUN-05m", "db,vault", Refused::Malformed),
    ("TUN-05n", "", Refused::Malformed),
    ("TUN-09a", "loop", Refused::With(502)),
    ("TUN-09b", "mapped-loop", Refused::With(502)),
];

pub(crate) fn scenarios() -> Vec<Scenario<Services>> {
    let mut all: Vec<Scenario<Services>> = TARGETS
        .into_iter()
        .map(|(id, target, expected)| {
            Scenario::new(id, move |place: &Services| {
                let target = target.replace("{port}", &place.service.address.port().to_string());
                Box::pin(async move {
                    let block = connect(&target, &[("proxy-authorization", &bearer(&place.token))]);
                    is_refused(place, TERMINALS, &block, expected).await
                })
            })
        })
        .collect();
    all.extend(credentials());
    let elsewhere = [
        ("TUN-13a", APP),
        ("TUN-13b", OTHER),
        ("TUN-13c", "portal.localhost"),
        ("TUN-13d", "devices.localhost"),
        ("TUN-13e", "decisions.localhost"),
    ];
    all.extend(elsewhere.map(|(id, host)| {
        Scenario::new(id, move |place: &Services| {
            Box::pin(async move {
                let block = connect("db", &[("proxy-authorization", &bearer(&place.token))]);
                is_refused(place, host, &block, Refused::Malformed).await
            })
        })
    }));
    all.extend([
        Scenario::new("TUN-04a", |place| Box::pin(is_no_address(place, "db.internal:5432"))),
        Scenario::new("TUN-04b", |place| Box::pin(is_no_address(place, "localhost:5432"))),
        Scenario::new("TUN-04c", |place| Box::pin(is_no_address(place, "127.0.0.1"))),
        Scenario::new("TUN-09c", |place| Box::pin(is_no_address(place, "0.0.0.0:5432"))),
        Scenario::new("TUN-09d", |place| Box::pin(is_no_address(place, "[::]:5432"))),
        Scenario::new("TUN-11a", |place| Box::pin(is_cut(place, "tun-11a", End::Session))),
        Scenario::new("TUN-11b", |place| Box::pin(is_cut(place, "tun-11b", End::Account))),
        Scenario::new("TUN-11c", |place| Box::pin(is_cut(place, "tun-11c", End::Policy))),
        Scenario::new("TUN-11d", |place| Box::pin(is_cut(place, "tun-11d", End::SignOut))),
        Scenario::new("TUN-11e", |place| Box::pin(its_device_is_revoked(place))),
        Scenario::new("TUN-11f", |place| Box::pin(its_device_is_enrolled_anew(place))),
        Scenario::new("TUN-12a", |place| Box::pin(what_is_carried_is_what_was_sent(place))),
        Scenario::new("TUN-13f", |place| Box::pin(http1_has_no_tunnels(place))),
        Scenario::new("TUN-14a", |place| Box::pin(another_user_gets_nothing(place))),
        Scenario::new("TUN-14b", |place| Box::pin(a_listener_is_not_everybodys(place))),
    ]);
    all
}

/// A credential that is none, of another kind, of somebody else's, or there twice.
fn credentials() -> Vec<Scenario<Services>> {
    type Credential = (&'static str, fn(&Services) -> Vec<String>, Refused);
    let none = |_: &Services| Vec::new();
    let wrong: [Credential; 8] = [
        ("TUN-15a", none, Refused::With(401)),
        ("TUN-15b", |_| vec!["Bearer AAAA".to_owned()], Refused::With(401)),
        ("TUN-15c", |place| vec![format!("Basic {}", place.token)], Refused::With(401)),
        ("TUN-15d", |place| vec![format!("bearer{}", place.token)], Refused::With(401)),
        ("TUN-15e", |place| vec![bearer(&place.token), bearer(&place.token)], Refused::Malformed),
        ("TUN-15f", |place| vec![bearer(&place.token), "Bearer AAAA".to_owned()], Refused::Malformed),
        ("TUN-15g", |place| vec![bearer(place.token.get(1..).unwrap_or_default())], Refused::With(401)),
        // A browser's cookie is no terminal's credential.
        (
            "TUN-15h",
            |place| vec![bearer(place.ground.setting.cookie.split_once('=').map_or("", |cookie| cookie.1))],
            Refused::With(401),
        ),
    ];
    let scenario = |(id, credentials, expected): Credential| {
        Scenario::new(id, move |place: &Services| {
            Box::pin(async move {
                let credentials = credentials(place);
                let fields: Vec<(&str, &str)> =
                    credentials.iter().map(|value| ("proxy-authorization", value.as_str())).collect();
                is_refused(place, TERMINALS, &connect("db", &fields), expected).await
            })
        })
    };
    wrong.into_iter().map(scenario).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_tunnels_lead_where_they_are_permitted_and_end_when_they_are_not() {
    let services = Services::start().await;
    let scenarios = scenarios();
    // One after the other: each looks at the connections that the service has got.
    let mut failures = run(&services.ground.bystander, &services, &scenarios, 1).await;
    failures.extend(each_tunnel_is_recorded(&services).await.err());
    let Services { ground, token, .. } = services;
    let ledger = ground.platform.data().join("ledger");
    let log = ground.platform.log();
    if log.contains(&token) || crate::record::files(&ledger).iter().any(|file| holds_bytes(file, &token)) {
        failures.push("I9: a terminal's credential is in the log or in the ledger".to_owned());
    }
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("TUN", scenarios.len(), &failures);
}

fn holds_bytes(file: &std::path::Path, secret: &str) -> bool {
    std::fs::read(file).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(secret))
}

/// I1: the service has as many connections as CONNECTs to it are in the record with status 200.
async fn each_tunnel_is_recorded(place: &Services) -> Outcome {
    let ledger = place.ground.platform.data().join("ledger");
    let recorded = || {
        let events = access_events(&ledger).into_values().flatten();
        events.filter(|event| text(event, "/method") == "CONNECT" && event["status"] == 200).count()
    };
    let (came, began) = (place.service.connections(), Instant::now());
    while recorded() != came {
        if began.elapsed() > PATIENCE {
            return Err(format!("I1: {came} connections came to the service, {} are recorded", recorded()));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    if came > 0 { Ok(()) } else { Err("no tunnel was opened at all".to_owned()) }
}

/// Asks for a tunnel that must be refused, and sees that nothing was dialled; then, that the same terminal is still served.
async fn is_refused(place: &Services, host: &str, block: &[u8], expected: Refused) -> Outcome {
    let (mut peer, came) = (place.line(host).await?, place.service.connections());
    peer.send(&[frame(1, 4, 1, block), frame(0, 0, 1, b"GET /smuggled HTTP/1.1\r\n\r\n")].concat()).await;
    let over = peer.until(|seen| {
        seen.closed || seen.statuses.contains_key(&1) || seen.resets.contains_key(&1) || !seen.going_away.is_empty()
    });
    let over = over.await || peer.seen.closed;
    let status = peer.seen.statuses.get(&1).copied();
    let right = match expected {
        Refused::With(wanted) => status == Some(wanted),
        Refused::Malformed => over && status.is_none_or(|status| (400..500).contains(&status)),
    };
    if !right {
        return Err(format!("{:?}", peer.seen));
    }
    let now = place.service.connections();
    if now == came { Ok(()) } else { Err(format!("{} connections came to the service", now - came)) }
}

/// A document that writes a name, or every address of this machine, where one IP address with its port belongs is refused,
/// and says so.
async fn is_no_address(place: &Services, address: &str) -> Outcome {
    match place.ground.platform.apply(&[("name.toml", &tcp("by-name", address, "open"))]).await {
        Ok(done) => Err(format!("{address} was taken: {done}")),
        Err(trouble) if trouble.to_string().contains("not an address of a TCP service") => Ok(()),
        Err(trouble) if trouble.to_string().contains("write an IP address and its port") => Ok(()),
        Err(trouble) => Err(trouble.to_string()),
    }
}

/// An open tunnel that carries a download; its connection, on stream 1.
async fn open(place: &Services, token: &str, first: &[u8]) -> Result<Peer, String> {
    let mut peer = place.line(TERMINALS).await?;
    peer.send(&frame(1, 4, 1, connect("db", &[("proxy-authorization", &bearer(token))]))).await;
    if !peer.until(|seen| seen.statuses.contains_key(&1)).await || peer.seen.statuses.get(&1) != Some(&200) {
        return Err(format!("no tunnel: {:?}", peer.seen));
    }
    peer.send(&frame(0, 0, 1, first)).await;
    Ok(peer)
}

/// What ends a permission.
enum End {
    Session,
    Account,
    Policy,
    SignOut,
}

/// TUN-11: the tunnel is reset, the service's connection is closed, and no other is opened.
async fn is_cut(place: &Services, account: &str, end: End) -> Outcome {
    let (_person, terminal, token) = signed_in(&place.ground, account).await?;
    place.service.all_closed().await;
    let mut peer = open(place, &token, b"GET /download HTTP/1.1\r\nHost: db\r\n\r\n").await?;
    if !peer.until(|seen| seen.bodies.contains_key(&1)).await {
        return Err(format!("nothing comes through the tunnel: {:?}", peer.seen));
    }
    let platform = &place.ground.platform;
    let forbid = format!(
        "@id(\"closed\") forbid (principal == Sekisho::User::\"{account}\", action, resource == Sekisho::Resource::\"db\");"
    );
    let done = match end {
        End::Session => platform.command(&["session", "end", "--user", account]).await.map(drop),
        End::Account => platform.command(&["user", "disable", account]).await.map(drop),
        End::Policy => platform.apply(&[("tun-closed.cedar", &forbid)]).await.map(drop),
        End::SignOut => terminal.run(&["logout"]).await.map(drop),
    };
    done.map_err(|trouble| trouble.to_string())?;
    if !peer.until_within(CUT, |seen| seen.resets.contains_key(&1)).await {
        return Err(format!("the tunnel goes on: {:?}", peer.seen));
    }
    tokio::time::timeout(CUT, place.service.all_closed()).await.map_err(|_| "the service's connection is open")?;
    let again = connect("db", &[("proxy-authorization", &bearer(&token))]);
    is_refused(place, TERMINALS, &again, Refused::Malformed).await
}

/// A terminal of an enrolled device, signed in by the device's key.
async fn on_a_device(
    place: &Services,
    device: &str,
    account: &str,
) -> Result<(AgentProcess, Person, Terminal), String> {
    let platform = &place.ground.platform;
    let mut person = place.ground.somebody(account).await;
    let agent = platform.enrolled(device, account).await.map_err(|trouble| trouble.to_string())?;
    let terminal = platform.terminal(Some(&agent)).map_err(|trouble| trouble.to_string())?;
    terminal.login(&mut person).await.map_err(|trouble| trouble.to_string())?;
    Ok((agent, person, terminal))
}

/// What `sekisho connect` ends with when it is not permitted.
const NOT_PERMITTED: Option<i32> = Some(77);
/// And when its permission lapsed.
const CUT_OFF: Option<i32> = Some(75);

async fn connects(terminal: &Terminal) -> Result<Option<i32>, String> {
    let output = terminal.run(&["connect", "db"]).await.map_err(|trouble| trouble.to_string())?;
    Ok(output.status.code())
}

/// A revoked device: the tunnels of its sessions end at once, its next ones are refused, and it signs nobody in.
async fn its_device_is_revoked(place: &Services) -> Outcome {
    let (_agent, _person, terminal) = on_a_device(place, "tun-laptop-e", "tun-11e").await?;
    place.service.all_closed().await;
    let mut command = terminal.command(&["connect", "db", "--stdio"]).map_err(|trouble| trouble.to_string())?;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = command.spawn().map_err(|error| error.to_string())?;
    let (mut to, mut from) = (process.stdin.take().ok_or("no input")?, process.stdout.take().ok_or("no output")?);
    to.write_all(b"GET /events HTTP/1.1\r\nHost: db\r\n\r\n").await.map_err(|error| error.to_string())?;
    let mut first = [0; 15];
    let reading = tokio::time::timeout(PATIENCE, from.read_exact(&mut first)).await;
    reading.map_err(|_| "nothing comes through the tunnel")?.map_err(|error| error.to_string())?;
    let revoked = place.ground.platform.command(&["device", "revoke", "tun-laptop-e"]).await;
    revoked.map_err(|trouble| trouble.to_string())?;
    let rest = async { tokio::io::copy(&mut from, &mut tokio::io::sink()).await };
    tokio::time::timeout(CUT, rest).await.map_err(|_| "the tunnel goes on")?.map_err(|error| error.to_string())?;
    let ended = tokio::time::timeout(PATIENCE, process.wait()).await.map_err(|_| "the program goes on")?;
    let code = ended.map_err(|error| error.to_string())?.code();
    tokio::time::timeout(CUT, place.service.all_closed()).await.map_err(|_| "the service's connection is open")?;
    let came = place.service.connections();
    let again = connects(&terminal).await?;
    let signs_in = terminal.begin_login().await.is_ok();
    if (code, again, signs_in, place.service.connections()) == (CUT_OFF, NOT_PERMITTED, false, came) {
        Ok(())
    } else {
        Err(format!("ended with {code:?}, then {again:?}, signs in: {signs_in}"))
    }
}

/// A device that is removed and enrolled again under its name has another key: the session of the old one does not come back.
async fn its_device_is_enrolled_anew(place: &Services) -> Outcome {
    let (agent, mut person, terminal) = on_a_device(place, "tun-laptop-f", "tun-11f").await?;
    let platform = &place.ground.platform;
    platform.command(&["device", "remove", "tun-laptop-f"]).await.map_err(|trouble| trouble.to_string())?;
    let without = connects(&terminal).await?;
    std::fs::remove_dir_all(agent.folder()).map_err(|error| error.to_string())?;
    drop(agent);
    let agent = platform.enrolled("tun-laptop-f", "tun-11f").await.map_err(|trouble| trouble.to_string())?;
    let old = connects(&terminal).await?;
    let new = platform.terminal(Some(&agent)).map_err(|trouble| trouble.to_string())?;
    new.login(&mut person).await.map_err(|trouble| trouble.to_string())?;
    let new = connects(&new).await?;
    if (without, old, new) == (NOT_PERMITTED, NOT_PERMITTED, Some(0)) {
        Ok(())
    } else {
        Err(format!("without the device {without:?}, with another key {old:?}, signed in anew {new:?}"))
    }
}

/// TUN-12: what a client sends is the service's, byte for byte; the gateway adds nothing to it, and takes nothing for itself.
async fn what_is_carried_is_what_was_sent(place: &Services) -> Outcome {
    place.service.all_closed().await;
    place.service.forget();
    let forged: &[u8] =
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\x7f\x00\x00\x01\x7f\x00\x00\x01\x00\x50\x00\x50PROXY TCP4 10.0.0.1\r\n";
    let whole = [forged, b"GET / HTTP/1.1\r\nX-Forwarded-For: 10.0.0.1\r\nSekisho-Assertion: mallory\r\n\r\n"].concat();
    let mut peer = open(place, &place.token, &whole).await?;
    if !peer.until(|seen| seen.bodies.contains_key(&1)).await {
        return Err(format!("no answer through the tunnel: {:?}", peer.seen));
    }
    let seen = place.service.recorded().bytes.concat();
    if seen == whole { Ok(()) } else { Err(format!("the service got {:?}", String::from_utf8_lossy(&seen))) }
}

/// CONNECT over HTTP/1.1 would take the connection with it: there is none.
async fn http1_has_no_tunnels(place: &Services) -> Outcome {
    let (setting, came) = (&place.ground.setting, place.service.connections());
    let client = Client::connect(setting.address, setting.tls.clone(), TERMINALS).await;
    let mut client = client.map_err(|error| error.to_string())?;
    let request = format!("CONNECT db HTTP/1.1\r\nHost: db\r\nProxy-Authorization: Bearer {}\r\n\r\n", place.token);
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let status = client.response("CONNECT").await.ok().flatten().map(|response| response.status);
    let refused = status.is_none_or(|status| status >= 400) && place.service.connections() == came;
    if refused { Ok(()) } else { Err(format!("{status:?}")) }
}

/// TUN-14: the forward of one user, from a program of another user of the machine. Needs root to become another.
async fn another_user_gets_nothing(place: &Services) -> Outcome {
    use std::os::unix::fs::MetadataExt as _;
    if std::fs::metadata("/proc/self").map_err(|error| error.to_string())?.uid() != 0 {
        return Ok(());
    }
    let (_person, terminal, _) = signed_in(&place.ground, "tun-14a").await?;
    let (port, _forward) = listening(&terminal).await?;
    place.service.all_closed().await;
    let came = place.service.connections();
    let ask = format!("exec 3<>/dev/tcp/127.0.0.1/{port}; printf 'GET / HTTP/1.1\\r\\n\\r\\n' >&3; head -c 15 <&3");
    let bash = |command: &mut tokio::process::Command| {
        command.args(["-c", &ask]).current_dir("/").stdin(Stdio::null()).kill_on_drop(true).output()
    };
    let mut other = tokio::process::Command::new("bash");
    let output = bash(other.uid(65_534).gid(65_534)).await.map_err(|error| error.to_string())?;
    if !output.stdout.is_empty() || place.service.connections() != came {
        return Err(format!("another user got {:?}", String::from_utf8_lossy(&output.stdout)));
    }
    let output = bash(&mut tokio::process::Command::new("bash")).await.map_err(|error| error.to_string())?;
    if output.stdout == b"HTTP/1.1 200 OK" { Ok(()) } else { Err(format!("its own user got {output:?}")) }
}

/// A forward listens for this machine only, unless it is told otherwise in so many words.
async fn a_listener_is_not_everybodys(place: &Services) -> Outcome {
    let (_person, terminal, _) = signed_in(&place.ground, "tun-14b").await?;
    for wide in ["0.0.0.0:0", "[::]:0"] {
        let output = terminal.run(&["connect", "db", "--listen", wide]).await.map_err(|trouble| trouble.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.code() != Some(64) || !said.contains("--expose") {
            return Err(format!("{wide}: {:?}: {said}", output.status));
        }
    }
    Ok(())
}

/// `sekisho connect --listen`, and the port that it took.
async fn listening(terminal: &Terminal) -> Result<(u16, tokio::process::Child), String> {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let mut command =
        terminal.command(&["connect", "db", "--listen", "127.0.0.1:0", "--json"]).map_err(|e| e.to_string())?;
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut process = command.spawn().map_err(|error| error.to_string())?;
    let mut lines = BufReader::new(process.stdout.take().ok_or("no output")?).lines();
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.map_err(|_| "it says nothing")?;
    let said: serde_json::Value = serde_json::from_str(&line.map_err(|e| e.to_string())?.unwrap_or_default())
        .map_err(|error| error.to_string())?;
    let port = text(&said, "/listening").rsplit(':').next().and_then(|port| port.parse().ok());
    Ok((port.ok_or_else(|| format!("no port in {said}"))?, process))
}
