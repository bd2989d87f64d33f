//! TIME and RACE: what happens at the same moment, at a boundary of time, or behind a clock that stood still.

use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::join_all;
use sekisho_attacks::{Client, Recorder};
use sekisho_e2e::platform::binary;

use crate::ground::{APP, Ground};
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, Scenario, conclude, run};

pub(crate) fn races() -> Vec<Scenario> {
    vec![
        Scenario::new("RACE-01a", |ground| Box::pin(a_resource_moves(ground))),
        Scenario::new("RACE-02a", |ground| Box::pin(a_name_is_no_way_around(ground, "race-02a", "wiki.internal:8080"))),
        Scenario::new("RACE-02b", |ground: &Ground| {
            let own = format!("localhost:{}", ground.setting.address.port());
            Box::pin(async move { a_name_is_no_way_around(ground, "race-02b", &own).await })
        }),
        Scenario::new("RACE-02c", |ground| {
            Box::pin(a_name_is_no_way_around(ground, "race-02c", "127.0.0.1.example:8080"))
        }),
        Scenario::new("RACE-02d", |ground| Box::pin(secrets_are_no_application(ground, "169.254.169.254:80"))),
        Scenario::new("RACE-02e", |ground| Box::pin(secrets_are_no_application(ground, "[fd00:ec2::254]:80"))),
        Scenario::new("RACE-05a", |ground| Box::pin(other_cookies_on_one_connection(ground))),
        Scenario::new("RACE-06a", |ground| Box::pin(a_link_is_used_once(ground))),
        Scenario::new("RACE-07a", |ground| Box::pin(the_last_word_counts(ground))),
        Scenario::new("RACE-13a", |ground| Box::pin(a_policy_closes(ground))),
        Scenario::new("RACE-08a", |ground| Box::pin(a_resource_goes(ground))),
    ]
}

fn times() -> Vec<Scenario> {
    let settings: [(&'static str, &'static str); 8] = [
        ("TIME-09a", "lease = \"-1s\""),
        ("TIME-09b", "lease = \"18446744073709551616s\""),
        ("TIME-09c", "lease = \"9223372036854775807h\""),
        ("TIME-09d", "lease = \"NaN\""),
        ("TIME-09e", "lease = 60"),
        ("TIME-09f", "lease = \"1e9s\""),
        ("TIME-09g", "lease = \"\""),
        ("TIME-09h", "lease = \"60 fortnights\""),
    ];
    let mut all: Vec<Scenario> = settings
        .into_iter()
        .map(|(id, line)| Scenario::new(id, move |_| Box::pin(async move { is_refused(line) })))
        .collect();
    all.push(Scenario::new("TIME-07a", |ground| Box::pin(a_boundary_cuts(ground))));
    all
}

/// Nobody is served while the process stands still, so nobody works beside it.
fn standing_still() -> Scenario {
    Scenario::new("TIME-08a", |ground| Box::pin(a_process_sleeps(ground)))
}

pub(crate) fn count_of_times() -> usize {
    times().len() + 1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn races_have_one_outcome() {
    let ground = Ground::start().await;
    let scenarios = races();
    let mut failures = run(&ground.bystander, &ground, &scenarios, 1).await;
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("RACE", scenarios.len(), &failures);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_are_boundaries() {
    let ground = Ground::start().await;
    let mut failures = run(&ground.bystander, &ground, &times(), 1).await;
    failures.extend(standing_still().alone(&ground).await.err());
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("TIME", count_of_times(), &failures);
}

pub(crate) async fn connect(ground: &Ground) -> Result<Client, String> {
    let client = Client::connect(ground.setting.address, ground.setting.tls.clone(), APP).await;
    client.map_err(|error| error.to_string())
}

pub(crate) async fn get(client: &mut Client, path: &str, cookie: &str) -> Result<u16, String> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n");
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let response = client.response("GET").await.map_err(|error| error.to_string())?;
    response.map(|response| response.status).ok_or_else(|| "no answer".to_owned())
}

pub(crate) async fn command(ground: &Ground, arguments: &[&str]) -> Outcome {
    ground.platform.command(arguments).await.map(drop).map_err(|trouble| trouble.to_string())
}

pub(crate) async fn apply(ground: &Ground, files: &[(&str, &str)]) -> Outcome {
    ground.platform.apply(files).await.map(drop).map_err(|trouble| trouble.to_string())
}

/// RACE-01: a resource is moved to another origin while requests run: each reaches the one or the other, whole.
async fn a_resource_moves(ground: &Ground) -> Outcome {
    let elsewhere = Recorder::start().await.map_err(|error| error.to_string())?;
    let (here, there) = (ground.recorder.address.port().to_string(), elsewhere.address.port().to_string());
    let (setting, cookie) = (ground.setting.clone(), ground.setting.cookie.clone());
    let asking = tokio::spawn(async move {
        let mut statuses = Vec::new();
        for _ in 0..60 {
            let Ok(mut client) = Client::connect(setting.address, setting.tls.clone(), APP).await else { continue };
            statuses.push(get(&mut client, "/moving", &cookie).await);
        }
        statuses
    });
    let documents = ground.documents();
    for _ in 0..5 {
        apply(ground, &[("organisation.toml", &documents.replacen(&here, &there, 1))]).await?;
        apply(ground, &[("organisation.toml", &documents)]).await?;
    }
    let statuses = asking.await.map_err(|error| error.to_string())?;
    if statuses.is_empty() || statuses.iter().any(|status| *status != Ok(200)) {
        return Err(format!("{statuses:?}"));
    }
    let seen = elsewhere.recorded();
    if seen.left_over { Err("a request reached the other origin in part".to_owned()) } else { Ok(()) }
}

/// RACE-02: a name of an upstream leads to where it was resolved and checked beforehand. One that does not resolve, or that leads
/// back to the gateway, ends in 502.
async fn a_name_is_no_way_around(ground: &Ground, id: &str, upstream: &str) -> Outcome {
    let mut person = ground.somebody(id).await;
    let document = format!(
        "[[resource]]\nid = \"{id}\"\nname = {{ en = \"{id}\" }}\nhost = \"{id}.localhost\"\nsensitivity = 1\n\
         categories = [\"open\"]\nupstream = \"http://{upstream}\"\n"
    );
    apply(ground, &[("named.toml", &document)]).await?;
    let (host, connector) = (format!("{id}.localhost"), ground.platform.connector());
    let connector = connector.map_err(|trouble| trouble.to_string())?;
    // The certificate for the new host comes a moment later.
    let served = async { while connector.connect(&host).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(60), served).await.map_err(|_| "no certificate")?;
    let answer = person.open(&host, "/").await.map_err(|trouble| trouble.to_string())?;
    if answer.status == 502 { Ok(()) } else { Err(format!("{} in place of 502 for {upstream}", answer.status)) }
}

/// A document that writes an address where clouds keep secrets is refused.
async fn secrets_are_no_application(ground: &Ground, upstream: &str) -> Outcome {
    let document = format!(
        "[[resource]]\nid = \"secrets\"\nname = {{ en = \"secrets\" }}\nhost = \"secrets.localhost\"\nsensitivity = 1\n\
         upstream = \"http://{upstream}\"\n"
    );
    match ground.platform.apply(&[("secrets.toml", &document)]).await {
        Ok(done) => Err(format!("{upstream} was taken: {done}")),
        Err(trouble) if trouble.to_string().contains("is not an address of an application") => Ok(()),
        Err(trouble) => Err(trouble.to_string()),
    }
}

async fn other_cookies_on_one_connection(ground: &Ground) -> Outcome {
    let mut client = connect(ground).await?;
    let mine = ground.setting.cookie.as_str();
    for (path, cookie, expected) in [("/", mine, 200), ("/", "a=b", 401), ("/admin/x", mine, 403), ("/", mine, 200)] {
        let status = get(&mut client, path, cookie).await?;
        if status != expected {
            return Err(format!("{status} instead of {expected} for {path} with {cookie}"));
        }
    }
    Ok(())
}

/// RACE-06: twenty people open one one-time link at once.
async fn a_link_is_used_once(ground: &Ground) -> Outcome {
    let user = "[[user]]\nid = \"race-06\"\nname = \"race\"\nemployment = \"staff\"\ngroups = [\"staff\"]\n";
    apply(ground, &[("user.toml", user)]).await?;
    let link = ground.platform.command(&["user", "link", "race-06"]).await.map_err(|trouble| trouble.to_string())?;
    let link = crate::record::text(&link, "/url");
    let everybody = (0..20).map(async |_| {
        let mut person = ground.platform.person().ok()?;
        person.enrol(&link).await.ok()
    });
    let used = join_all(everybody).await.into_iter().flatten().count();
    if used == 1 { Ok(()) } else { Err(format!("a one-time link was used {used} times")) }
}

/// RACE-07: an account is disabled and enabled at once, many times, and then disabled.
async fn the_last_word_counts(ground: &Ground) -> Outcome {
    let cookie = ground.somebody("race-07").await.cookie(APP);
    let words = (0..10).map(|number| {
        let word = if number % 2 == 0 { "disable" } else { "enable" };
        async move { ground.platform.command(&["user", word, "race-07"]).await.is_ok() }
    });
    join_all(words).await;
    command(ground, &["user", "disable", "race-07"]).await?;
    match get(&mut connect(ground).await?, "/", &cookie).await? {
        401 | 403 => Ok(()),
        status => Err(format!("{status} for an account that was disabled last")),
    }
}

/// RACE-13: a policy closes what requests ask for, and opens it again.
async fn a_policy_closes(ground: &Ground) -> Outcome {
    let close = "@id(\"closed\") forbid (principal, action, resource == Sekisho::Resource::\"app\");\n";
    let mut client = connect(ground).await?;
    for _ in 0..5 {
        apply(ground, &[("closed.cedar", close)]).await?;
        becomes(ground, &mut client, 403).await?;
        apply(ground, &[("closed.cedar", "// nothing is closed\n")]).await?;
        becomes(ground, &mut client, 200).await?;
    }
    Ok(())
}

/// A second after the acknowledgement at the latest, requests come out like this, and go on to.
async fn becomes(ground: &Ground, client: &mut Client, expected: u16) -> Outcome {
    let acknowledged = Instant::now();
    while get(client, "/", &ground.setting.cookie).await? != expected {
        if acknowledged.elapsed() > Duration::from_secs(1) {
            return Err(format!("not {expected} a second after the acknowledgement"));
        }
    }
    for _ in 0..10 {
        let status = get(client, "/", &ground.setting.cookie).await?;
        if status != expected {
            return Err(format!("{status} after {expected}"));
        }
    }
    Ok(())
}

/// RACE-08: a resource is removed while downloads run.
async fn a_resource_goes(ground: &Ground) -> Outcome {
    let port = ground.recorder.address.port();
    let doomed = format!(
        "[[resource]]\nid = \"doomed\"\nname = {{ en = \"doomed\" }}\nhost = \"doomed.localhost\"\n\
         upstream = \"http://127.0.0.1:{port}\"\nsensitivity = 1\ncategories = [\"open\"]\n"
    );
    apply(ground, &[("doomed.toml", &doomed)]).await?;
    let mut person = ground.somebody("race-08").await;
    person.open("doomed.localhost", "/").await.map_err(|trouble| trouble.to_string())?;
    let cookie = person.cookie("doomed.localhost");
    let mut open = Vec::new();
    for _ in 0..20 {
        let client = Client::connect(ground.setting.address, ground.setting.tls.clone(), "doomed.localhost").await;
        let mut client = client.map_err(|error| error.to_string())?;
        let request = format!("GET /events HTTP/1.1\r\nHost: doomed.localhost\r\nCookie: {cookie}\r\n\r\n");
        client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
        client.bytes().await.map_err(|error| error.to_string())?;
        open.push(client);
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let kept = ground.documents();
    let resources = kept.get(kept.find("[[resource]]").unwrap_or_default()..).unwrap_or_default();
    // The console's own resource was made at the first start.
    std::fs::write(folder.path().join("resources.toml"), resources).map_err(|error| error.to_string())?;
    command(ground, &["apply", &folder.path().display().to_string(), "--prune"]).await?;
    for client in &mut open {
        crate::sessions::ends_within(client, Duration::from_secs(5)).await?;
    }
    Ok(())
}

/// TIME-09: a duration that is none, or overflows, stops the start with the line and the fix.
fn is_refused(line: &str) -> Outcome {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("sekisho.toml");
    let text = format!("data = \"data\"\ndomain = \"localhost\"\n{line}\n");
    std::fs::write(&file, text).map_err(|error| error.to_string())?;
    let program = binary().map_err(|trouble| trouble.to_string())?;
    let output = Command::new(program).args(["up", "--check", "--config"]).arg(&file).output();
    let output = output.map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let refused = output.status.code() == Some(64) && said.contains("lease") && !said.contains("panicked");
    if refused { Ok(()) } else { Err(format!("{line}: {:?}: {said}", output.status)) }
}

/// TIME-07: a policy permits up to a moment: at the moment the stream ends, and nothing is admitted from it on.
async fn a_boundary_cuts(ground: &Ground) -> Outcome {
    let cookie = ground.somebody("time-07").await.cookie(APP);
    let mut client = connect(ground).await?;
    let until = SystemTime::now() + Duration::from_secs(4);
    let millis = until.duration_since(SystemTime::UNIX_EPOCH).map_err(|error| error.to_string())?.as_millis();
    let policy = format!(
        "@id(\"until\") forbid (principal == Sekisho::User::\"time-07\", action, resource)\n\
         unless {{ context.now < datetime(\"1970-01-01T00:00:00Z\").offset(duration(\"{millis}ms\")) }};\n"
    );
    apply(ground, &[("until.cedar", &policy)]).await?;
    let request = format!("GET /events HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n");
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let first = client.bytes().await.map_err(|error| error.to_string())?.unwrap_or_default();
    if !first.starts_with(b"HTTP/1.1 200 ") {
        return Err(format!("{} before the moment", String::from_utf8_lossy(&first)));
    }
    while let Ok(Some(_)) = client.bytes().await {
        let past = SystemTime::now().duration_since(until).unwrap_or_default();
        if past > Duration::from_secs(5) {
            return Err(format!("the stream goes on {past:?} after the moment"));
        }
    }
    if SystemTime::now() < until {
        return Err("the stream ended before the moment".to_owned());
    }
    match get(&mut connect(ground).await?, "/", &cookie).await? {
        403 => Ok(()),
        status => Err(format!("{status} after the moment")),
    }
}

/// TIME-08: the process stands still for three seconds, as a suspended machine does, and goes on.
async fn a_process_sleeps(ground: &Ground) -> Outcome {
    let process = ground.platform.process().ok_or("the process has ended")?.to_string();
    let signal = |name: &str| Command::new("kill").args([name, &process]).status().map_err(|error| error.to_string());
    let mut client = connect(ground).await?;
    signal("-STOP")?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    signal("-CONT")?;
    match get(&mut client, "/", &ground.setting.cookie).await? {
        200 => Ok(()),
        status => Err(format!("{status} after standing still")),
    }
}
