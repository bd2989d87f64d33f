//! DOS-24: a flood of passwords to check, from hundreds of addresses and for hundreds of accounts, so that no limit of one helps.
//! As many are checked at once as there are processors, so many wait, and the others are told to come back; whoever is signed in,
//! whoever signs in with a passkey, and whoever asks whether the platform is ready, is served.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use sekisho_e2e::client::Connector;
use sekisho_e2e::peer::server_address;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::ground::Ground;
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, conclude};

pub(crate) const CASES: [&str; 1] = ["DOS-24a"];

const PORTAL: &str = "portal.localhost";
/// Who guesses: so many addresses, each with so many guesses one after the other.
const ADDRESSES: u8 = 150;
const GUESSES: usize = 4;
const PATIENCE: Duration = Duration::from_secs(90);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a volume: `cargo verify --full` runs it"]
async fn passwords_without_end_disturb_nobody_who_is_signed_in() {
    let operation = server_address().unwrap();
    let settings = format!("operation_listen = \"{operation}\"\n");
    let ground = Ground::with(&["env", "SEKISHO_LOG=warn"], &settings).await;
    let mut person = ground.somebody("dos-24").await;
    let before = ground.resident();
    let form = Form::of(&ground).await.unwrap();
    let work = ground.bystander.work();
    let (mut guessing, mut most) = (JoinSet::new(), 0);
    for number in 1..=ADDRESSES {
        guessing.spawn(form.clone().guesses(ground.platform.connector().unwrap(), number));
    }
    let (mut ready, mut signed_in, mut statuses, mut failures) = (0, 0, BTreeMap::<u16, usize>::new(), Vec::new());
    while !guessing.is_empty() {
        failures.extend(is_ready(operation).await.err());
        ready += 1;
        // A passkey costs no hash, and so waits for none.
        match person.sign_in().await {
            Ok(()) => signed_in += 1,
            Err(trouble) => failures.push(format!("nobody signs in with a passkey meanwhile: {trouble}")),
        }
        most = most.max(ground.resident());
        while let Some(told) = guessing.try_join_next() {
            for status in told.unwrap() {
                *statuses.entry(status).or_default() += 1;
            }
        }
    }
    match work.ends_well().await {
        Ok(worked) => println!("  {worked}"),
        Err(error) => failures.push(error),
    }
    println!(
        "  DOS-24a: guesses were answered with {statuses:?}; /readyz {ready} times, {signed_in} sign-ins; {} MiB more at most",
        most.saturating_sub(before) / 1024
    );
    // Some were checked, most were told that it is too much; each of the checked ones took 19 MiB for a moment.
    let count = |status: u16| statuses.get(&status).copied().unwrap_or_default();
    let sent = usize::from(ADDRESSES) * GUESSES;
    if statuses.values().sum::<usize>() != sent || count(503) == 0 || count(503) == sent {
        failures.push(format!("{sent} guesses were answered with {statuses:?}"));
    }
    if most.saturating_sub(before) / 1024 > 256 {
        failures.push(format!("I7: the process grew by {} MiB", most.saturating_sub(before) / 1024));
    }
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("DOS (guesses)", CASES.len(), &failures);
}

/// A form to sign in with: whoever has its token and cookies can send it from anywhere.
#[derive(Clone)]
struct Form {
    token: String,
    cookies: String,
    host: String,
}

impl Form {
    async fn of(ground: &Ground) -> Result<Self, String> {
        let host = format!("{PORTAL}:{}", ground.platform.port());
        let client = sekisho_attacks::Client::connect(ground.setting.address, ground.setting.tls.clone(), PORTAL).await;
        let mut client = client.map_err(|error| error.to_string())?;
        let page = format!("GET /sign-in HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n\r\n");
        client.send(page.as_bytes()).await.map_err(|error| error.to_string())?;
        let page = client.response("GET").await.map_err(|error| error.to_string())?.ok_or("no sign-in page")?;
        let text = page.text();
        let token = text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let cookies: Vec<&str> =
            page.values("set-cookie").iter().filter_map(|cookie| cookie.split(';').next()).collect();
        Ok(Self { token: token.ok_or("no token in the form")?.to_owned(), cookies: cookies.join("; "), host })
    }

    /// Guesses from one address, each for another account; how they were answered. 0 is no answer.
    async fn guesses(self, connector: Connector, number: u8) -> Vec<u16> {
        let connector = connector.from(Ipv4Addr::new(127, 0, 24, number));
        let mut statuses = Vec::new();
        for guess in 0..GUESSES {
            let body = format!("csrf={}&user=nobody-{number}-{guess}&password=not-the-right-one", self.token);
            statuses.push(self.sends(&connector, &body).await.unwrap_or_default());
        }
        statuses
    }

    async fn sends(&self, connector: &Connector, body: &str) -> Option<u16> {
        let request = format!(
            "POST /sign-in HTTP/1.1\r\nHost: {host}\r\nOrigin: https://{host}\r\nSec-Fetch-Site: same-origin\r\n\
             Cookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.cookies,
            body.len(),
            host = self.host,
        );
        let asking = async {
            let mut stream = connector.connect(PORTAL).await.ok()?;
            stream.write_all(request.as_bytes()).await.ok()?;
            let mut head = [0; 12];
            stream.read_exact(&mut head).await.ok()?;
            std::str::from_utf8(head.get(9..)?).ok()?.parse().ok()
        };
        tokio::time::timeout(PATIENCE, asking).await.ok()?
    }
}

/// Asked from outside whether it is ready, the platform says so soon.
async fn is_ready(operation: std::net::SocketAddr) -> Outcome {
    let (began, mut answer) = (Instant::now(), String::new());
    let asking = async {
        let mut stream = TcpStream::connect(operation).await?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
        stream.read_to_string(&mut answer).await.map(drop)
    };
    let told = tokio::time::timeout(PATIENCE, asking).await.map_err(|_| "/readyz says nothing")?;
    told.map_err(|error: std::io::Error| error.to_string())?;
    if answer.starts_with("HTTP/1.1 200 ") {
        Ok(())
    } else {
        Err(format!("/readyz after {:?}: {answer}", began.elapsed()))
    }
}
