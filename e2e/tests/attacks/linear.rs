//! DOS-21 and DOS-22: many keys that hash alike, and long texts that parsers choke on. What is four times as long costs about four
//! times as much, and not sixteen; what is longer than the limits costs no more than what is within. Processor time of the
//! platform's process, so that a busy machine makes no difference.

use sekisho_attacks::Client;

use crate::ground::{APP, Ground};
use crate::record::{Happened, holds};
use crate::scenario::conclude;

/// Requests of one length in a round; their time is added up.
const REQUESTS: usize = 60;
const ROUNDS: usize = 3;
/// Four times the length takes four times as long where time is linear, and sixteen times where it is quadratic.
const TIMES: usize = 4;
const MOST: f64 = 9.0;

/// A text of about so many bytes.
type Text = fn(usize) -> String;

/// In the head of somebody without a session. Its longest is 32 KiB, 16 KiB of cookies and 8 KiB of target.
const HEADS: [(&str, usize, Text); 14] = [
    ("DOS-21a", 16_000, |n| format!("Cookie: {}\r\n", alike(n, "=1; "))),
    ("DOS-21b", 7_600, |n| target(&format!("/?{}", alike(n, "=1&")))),
    ("DOS-21c", 7_600, |n| (0..n / 80).map(|key| format!("{}: 1\r\n", of_two(key, 75))).collect()),
    ("DOS-22b", 7_600, |n| target(&format!("/{}", "a/../".repeat(n / 5)))),
    ("DOS-22c", 7_600, |n| target(&format!("/{}", "%41".repeat(n / 3)))),
    ("DOS-22d", 7_600, |n| target(&format!("/{}", "/".repeat(n)))),
    ("DOS-22e", 7_600, |n| target(&format!("/?{}", "a&=".repeat(n / 3)))),
    ("DOS-22f", 15_800, |n| format!("Cookie: {}\r\n", "a=\"b\"; ".repeat(n / 7))),
    ("DOS-22g", 30_000, |n| format!("If-Modified-Since: {}\r\n", "Sun, 06 Nov 1994 ".repeat(n / 17))),
    ("DOS-22h", 30_000, |n| format!("Accept-Language: {}\r\n", "ja;q=0.1,".repeat(n / 9))),
    ("DOS-22i", 30_000, |n| format!("Accept: {}\r\n", "text/*;q=0.1,".repeat(n / 13))),
    ("DOS-22j", 30_000, |n| format!("Forwarded: {}\r\n", "for=\"[::1]\",".repeat(n / 12))),
    ("DOS-22k", 30_000, |n| format!("Range: bytes={}\r\n", "0-0,".repeat(n / 4))),
    ("DOS-22l", 30_000, |n| format!("Traceparent: {}\r\n", "00-".repeat(n / 3))),
];

/// In the form of somebody who signs in: 16 KiB at most.
const FORMS: [(&str, usize, Text); 2] =
    [("DOS-21d", 16_000, |n| alike(n, "=1&")), ("DOS-22m", 16_000, |n| "%41%2B+".repeat(n / 7))];

/// In the answer of a passkey, which is JSON: keys that nobody asked for.
const ANSWERS: [(&str, usize, Text); 2] = [
    ("DOS-21f", 16_000, |n| format!("{{{}\"z\":1}}", quoted(n))),
    ("DOS-21g", 16_000, |n| format!("{{\"state\":\"a\",\"response\":{{{}\"z\":1}}}}", quoted(n))),
];

/// What is refused by its length: at the length of the catalogue.
const TOO_LONG: [(&str, usize, Text); 4] = [
    ("DOS-21e", 10_000, |n| (0..n).map(|key| format!("{}: 1\r\n", of_two(key, 16))).collect()),
    ("DOS-22n", 65_536, |n| target(&format!("/{}", "a/../".repeat(n / 5)))),
    ("DOS-22o", 65_536, |n| format!("Cookie: {}\r\n", "a=b; ".repeat(n / 5))),
    ("DOS-22p", 65_536, |n| format!("Accept: {}\r\n", "a,".repeat(n / 2))),
];

pub(crate) const CASES: usize = HEADS.len() + FORMS.len() + ANSWERS.len() + TOO_LONG.len();

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_longer_costs_in_proportion() {
    let ground = Ground::quietly().await;
    let mut failures = Vec::new();
    let work = ground.bystander.work();
    for (id, longest, text) in HEADS {
        failures.extend(is_linear(&ground, id, longest, |n| head(&text(n))).await.err());
    }
    for (id, longest, text) in FORMS {
        failures.extend(is_linear(&ground, id, longest, |n| form(&text(n))).await.err());
    }
    for (id, longest, text) in ANSWERS {
        failures.extend(is_linear(&ground, id, longest, |n| answer(&text(n))).await.err());
    }
    for (id, length, text) in TOO_LONG {
        failures.extend(is_refused(&ground, id, &head(&text(length))).await.err());
    }
    match work.ends_well().await {
        Ok(worked) => println!("  {worked}"),
        Err(error) => failures.push(error),
    }
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("DOS (linear)", CASES, &failures);
}

/// Keys that are alike to every hash that adds up or multiplies by 31: `Aa` and `BB` in all combinations.
fn of_two(number: usize, letters: usize) -> String {
    (0..letters / 2).map(|place| if place < 60 && number >> place & 1 == 1 { "Aa" } else { "BB" }).collect()
}

fn alike(length: usize, between: &str) -> String {
    let each = 24 + between.len();
    (0..length / each).map(|number| of_two(number, 24) + between).collect()
}

/// A target in the place of a line.
fn target(target: &str) -> String {
    format!("\0{target}")
}

fn head(lines: &str) -> Vec<u8> {
    let (target, lines) = lines.strip_prefix('\0').map_or(("/", lines), |target| (target, ""));
    format!("GET {target} HTTP/1.1\r\nHost: {APP}\r\n{lines}\r\n").into_bytes()
}

/// Members of an object.
fn quoted(length: usize) -> String {
    (0..length / 29).map(|number| format!("\"{}\":1,", of_two(number, 24))).collect()
}

fn form(body: &str) -> Vec<u8> {
    post("/sign-in", "application/x-www-form-urlencoded", body)
}

fn answer(body: &str) -> Vec<u8> {
    post("/sign-in/passkey/finish", "application/json", body)
}

fn post(path: &str, kind: &str, body: &str) -> Vec<u8> {
    let host = "portal.localhost:{port}";
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: https://{host}\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

async fn is_linear(ground: &Ground, id: &str, longest: usize, text: impl Fn(usize) -> Vec<u8>) -> Result<(), String> {
    let (short, long) = (text(longest / TIMES), text(longest));
    let mut least = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        for (least, bytes) in least.iter_mut().zip([&short, &long]) {
            *least = least.min(costs(ground, bytes).await.map_err(|error| format!("{id}: {error}"))?);
        }
    }
    let [short, long] = least;
    println!("  {id}: {:.0} µs, {:.0} µs for {TIMES} times as much", short * 1e6, long * 1e6);
    if long > MOST * short {
        Err(format!("{id}: {TIMES} times as long costs {:.1} times as much", long / short))
    } else {
        Ok(())
    }
}

/// What one of these requests costs the platform, in seconds.
async fn costs(ground: &Ground, bytes: &[u8]) -> Result<f64, String> {
    let bytes = String::from_utf8_lossy(bytes).replace("{port}", &ground.platform.port().to_string());
    let host = if bytes.starts_with("POST") { "portal.localhost" } else { APP };
    let connect = || Client::connect(ground.setting.address, ground.setting.tls.clone(), host);
    let mut client = connect().await.map_err(|error| error.to_string())?;
    let mut spent = 0.0;
    for _ in 0..REQUESTS {
        let before = ground.spent();
        client.send(bytes.as_bytes()).await.map_err(|error| error.to_string())?;
        let answer = client.response("GET").await.map_err(|error| error.to_string())?.ok_or("no answer")?;
        spent += ground.spent() - before;
        if answer.closes() {
            client = connect().await.map_err(|error| error.to_string())?;
        }
    }
    Ok(spent / f64::from(u32::try_from(REQUESTS).unwrap_or(u32::MAX)))
}

/// It is refused, and the connection ends.
async fn is_refused(ground: &Ground, id: &str, bytes: &[u8]) -> Result<(), String> {
    let client = Client::connect(ground.setting.address, ground.setting.tls.clone(), APP).await;
    let mut client = client.map_err(|error| error.to_string())?;
    // The rest of it may not be taken any more.
    let _ = client.send(bytes).await;
    match client.response("GET").await {
        Ok(Some(answer)) if matches!(answer.status, 414 | 431) && answer.closes() => Ok(()),
        other => Err(format!("{id}: {other:?}")),
    }
}
