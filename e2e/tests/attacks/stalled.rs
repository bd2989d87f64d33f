//! DOS-26: an origin that accepts and never answers. Whoever asks it is told in time, as many as it may have wait for it and no
//! more, a health check takes it out of service, and other applications notice nothing. With `SEKISHO_ATTACK_STALL=60` it is waited
//! for as long as by default.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use sekisho_attacks::Client;
use sekisho_e2e::client::Person;
use sekisho_e2e::origin::Origin;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use crate::ground::Ground;
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, Scenario, conclude, run};

const PATIENCE: Duration = Duration::from_secs(60);
/// Who asks at once, and how many of them may.
const ASKING: usize = 24;
const AT_ONCE: usize = 8;

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new("DOS-26b", |ground| Box::pin(who_waits_is_told(ground))),
        Scenario::new("DOS-26c", |ground| Box::pin(who_never_answers_gets_nothing_new(ground))),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_origin_that_stalls_holds_up_nobody_else() {
    let ground = Ground::quietly().await;
    let scenarios = scenarios();
    let mut failures = run(&ground.bystander, &ground, &scenarios, 1).await;
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("DOS (stalled)", scenarios.len(), &failures);
}

fn patience_with_the_origin() -> u64 {
    std::env::var("SEKISHO_ATTACK_STALL").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(4)
}

/// Accepts, reads, and says nothing.
async fn stalls() -> Result<SocketAddr, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut block = [0; 4096];
                while matches!(stream.read(&mut block).await, Ok(length) if length > 0) {}
            });
        }
    });
    Ok(address)
}

/// Makes the application, and somebody who may use it.
async fn application(ground: &Ground, name: &str, upstream: &str) -> Result<(Person, String), String> {
    let person = ground.somebody(name).await;
    let document = format!(
        "[[resource]]\nid = \"{name}\"\nname = {{ en = \"{name}\" }}\nhost = \"{name}.localhost\"\nsensitivity = 1\n\
         categories = [\"open\"]\n[resource.upstream]\n{upstream}"
    );
    ground.platform.apply(&[("stalled.toml", &document)]).await.map_err(|trouble| trouble.to_string())?;
    let host = format!("{name}.localhost");
    let connector = ground.platform.connector().map_err(|trouble| trouble.to_string())?;
    // The certificate for the new host comes a moment later.
    let served = async { while connector.connect(&host).await.is_err() {} };
    tokio::time::timeout(PATIENCE, served).await.map_err(|_| "no certificate")?;
    Ok((person, host))
}

/// The status that somebody gets there, and how long it took.
async fn asks(ground: &Ground, host: &str, cookie: &str) -> Result<(u16, Duration), String> {
    let began = Instant::now();
    let client = Client::connect(ground.setting.address, ground.setting.tls.clone(), host).await;
    let mut client = client.map_err(|error| error.to_string())?;
    let request = format!("GET /stalled HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n");
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    while began.elapsed() < PATIENCE + Duration::from_secs(patience_with_the_origin()) {
        if let Ok(answer) = client.response("GET").await {
            return Ok((answer.map_or(0, |answer| answer.status), began.elapsed()));
        }
    }
    Err("no answer".to_owned())
}

async fn who_waits_is_told(ground: &Ground) -> Outcome {
    let seconds = patience_with_the_origin();
    let upstream =
        format!("addresses = [\"{}\"]\nresponse_seconds = {seconds}\nmost_exchanges = {AT_ONCE}\n", stalls().await?);
    let (mut person, host) = application(ground, "dos-26b", &upstream).await?;
    // Signs in at the application on the way; its answer is the first that is told.
    let opened = person.open(&host, "/").await.map_err(|trouble| trouble.to_string())?;
    if opened.status != 504 {
        return Err(format!("{} for who waited alone", opened.status));
    }
    let cookie = person.cookie(&host);
    let asked = join_all((0..ASKING).map(|_| asks(ground, &host, &cookie))).await;
    let (mut waited, mut busy) = (Vec::new(), Vec::new());
    for answer in asked {
        match answer? {
            (504, took) => waited.push(took),
            (503, took) => busy.push(took),
            (status, took) => return Err(format!("{status} after {took:?}")),
        }
    }
    let (shortest, longest_busy) = (waited.iter().min().copied(), busy.iter().max().copied());
    println!(
        "  DOS-26b: {} waited {shortest:?} and more for 504, {} had 503 within {longest_busy:?}",
        waited.len(),
        busy.len()
    );
    if waited.is_empty() || waited.len() > AT_ONCE || shortest < Some(Duration::from_secs(seconds)) {
        return Err(format!("{} waited: {waited:?}", waited.len()));
    }
    Ok(())
}

async fn who_never_answers_gets_nothing_new(ground: &Ground) -> Outcome {
    let well = Origin::serve(&[("/", "well"), ("/stalled", "well"), ("/healthz", "well")]).await;
    let well = well.map_err(|trouble| trouble.to_string())?;
    let upstream = format!(
        "addresses = [\"{}\", \"127.0.0.1:{}\"]\nresponse_seconds = 4\n\
         [resource.upstream.health]\npath = \"/healthz\"\nevery_seconds = 1\ntimeout_seconds = 1\nunhealthy_after = 1\n",
        stalls().await?,
        well.port()
    );
    let (mut person, host) = application(ground, "dos-26c", &upstream).await?;
    let began = Instant::now();
    // Until the check has told of it, some meet the one that stalls.
    while person.open(&host, "/").await.map_err(|trouble| trouble.to_string())?.status != 200 {
        if began.elapsed() > PATIENCE {
            return Err("the address that answers is never asked".to_owned());
        }
    }
    let cookie = person.cookie(&host);
    let mut in_a_row = 0;
    while in_a_row < 50 {
        let (status, _) = asks(ground, &host, &cookie).await?;
        in_a_row = if status == 200 { in_a_row + 1 } else { 0 };
        if began.elapsed() > 2 * PATIENCE {
            return Err(format!("{status}: the address that stalls is asked again and again"));
        }
    }
    println!("  DOS-26c: the address that stalls is out of service after {:?}", began.elapsed());
    // Nobody checks it any more.
    let gone = "[[resource]]\nid = \"dos-26c\"\nname = { en = \"gone\" }\nhost = \"dos-26c.localhost\"\nsensitivity = 1\n\
                upstream = \"http://127.0.0.1:9\"\n";
    ground.platform.apply(&[("stalled.toml", gone)]).await.map(drop).map_err(|trouble| trouble.to_string())
}
