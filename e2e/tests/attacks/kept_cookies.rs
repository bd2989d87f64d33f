//! COOK-16 and COOK-18: what is kept. Nobody fills anything up by beginning to sign in, and what the platform keeps of a session
//! does not open it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_attacks::Client;
use sekisho_e2e::client::Person;
use serde_json::{Value, json};

use crate::cookies::{COOKIE, PORTAL, Plain, told, value_of};
use crate::ground::{APP, Ground};
use crate::record::files;
use crate::scenario::{Outcome, Scenario};

/// How many sign-ins one browser begins and does not finish.
const PENDING: usize = 10_000;
/// How many sessions are looked for on the disk.
const SESSIONS: usize = 200;
/// What so many sign-ins that were begun may leave behind, in KiB. They are sealed into what the browser holds: 10,000 that were
/// kept would be at least as many kilobytes.
const LEFT_BEHIND: u64 = 8 * 1024;

pub(crate) fn scenarios() -> Vec<Scenario<Plain>> {
    vec![
        Scenario::new("COOK-16a", |place: &Plain| Box::pin(ten_thousand_sign_ins_leave_nothing_behind(&place.ground))),
        Scenario::new("COOK-18a", |place: &Plain| Box::pin(cookies_differ_and_stand_nowhere(&place.ground))),
    ]
}

/// One browser begins to sign in very often, and to open an application. It is one browser: it keeps the cookies it has.
async fn ten_thousand_sign_ins_leave_nothing_behind(ground: &Ground) -> Outcome {
    let mut person = ground.somebody("cook-16a").await;
    person.take_another_browser();
    let token = person.portal("/sign-in").await.map_err(told)?.form_token().map_err(told)?.to_owned();
    let first = person.post_for("/sign-in/passkey/start", &token, &json!({})).await.map_err(told)?;
    first.expect(200).map_err(told)?;
    let begin = |path: &str, host: &str, body: &str| {
        let (method, length) = if body.is_empty() {
            ("GET", String::new())
        } else {
            ("POST", format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()))
        };
        let (at, cookies) = (format!("{host}:{}", ground.platform.port()), person.cookie(host));
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {at}\r\nOrigin: https://{at}\r\nSec-Fetch-Site: same-origin\r\nAccept: text/html\r\n\
             Sec-Fetch-Mode: navigate\r\nx-csrf-token: {token}\r\nCookie: {cookies}\r\n{length}\r\n{body}"
        )
    };
    let (passkey, open) = (begin("/sign-in/passkey/start", PORTAL, "{}"), begin("/", APP, ""));
    // What the first thousand make is made once: pools, caches, the tail of the log.
    repeat(ground, PORTAL, &passkey, 500, 200).await?;
    repeat(ground, APP, &open, 500, 303).await?;
    let (memory, disk) = (ground.resident(), store_size(&ground.platform.data()));
    let states = repeat(ground, PORTAL, &passkey, PENDING / 2, 200).await?;
    let flows = repeat(ground, APP, &open, PENDING / 2, 303).await?;
    let grown = ground.resident().saturating_sub(memory);
    let stored = store_size(&ground.platform.data()).saturating_sub(disk) / 1024;
    println!("  {PENDING} sign-ins that were begun: {grown} KiB more memory, {stored} KiB more in the store");
    // The ledger's head, which is sealed every second, lengthens the store's log meanwhile.
    if grown > LEFT_BEHIND || stored > 1024 {
        return Err(format!("{grown} KiB more memory and {stored} KiB more in the store"));
    }
    if states.len() != PENDING / 2 || flows.len() != PENDING / 2 {
        return Err(format!("{} different states and {} different flows", states.len(), flows.len()));
    }
    // The same browser signs in, and another one does.
    person.sign_in().await.map_err(told)?;
    person.open(APP, "/").await.map_err(told)?.expect(200).map_err(told)?;
    person.take_another_browser();
    person.sign_in().await.map_err(told)?;
    person.open(APP, "/").await.map_err(told)?.expect(200).map(drop).map_err(told)
}

/// The same request so many times; the different answers by what was sealed into them.
async fn repeat(
    ground: &Ground,
    host: &str,
    request: &str,
    times: usize,
    expected: u16,
) -> Result<HashSet<String>, String> {
    let client = Client::connect(ground.setting.address, ground.setting.tls.clone(), host).await;
    let mut client = client.map_err(|error| error.to_string())?;
    let mut different = HashSet::new();
    for _ in 0..times {
        client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
        let answer = client.response("GET").await.map_err(|error| error.to_string())?.ok_or("the connection ended")?;
        if answer.status != expected {
            return Err(format!("{} instead of {expected}: {}", answer.status, answer.text()));
        }
        let state = serde_json::from_slice::<Value>(&answer.body).ok();
        let state = state.and_then(|body| body.get("state")?.as_str().map(str::to_owned));
        different.insert(state.unwrap_or_else(|| answer.field("location").unwrap_or_default().to_owned()));
    }
    Ok(different)
}

/// The size of the store, with what is not in its main file yet.
fn store_size(data: &Path) -> u64 {
    let is_store = |file: &PathBuf| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("store.db"));
    files(data).iter().filter(|file| is_store(file)).filter_map(|file| file.metadata().ok()).map(|it| it.len()).sum()
}

/// Many sign-ins: no two cookies are alike in any part, and neither a cookie nor the part of it that makes it one is in any file
/// of the platform: the store, the record, the log.
async fn cookies_differ_and_stand_nowhere(ground: &Ground) -> Outcome {
    let mut person = ground.somebody("cook-18a").await;
    let mut cookies = Vec::new();
    for _ in 0..SESSIONS {
        person.take_another_browser();
        person.sign_in().await.map_err(told)?;
        cookies.push(value_of(&person.cookie(PORTAL), COOKIE));
        cookies.extend(handed_over(&mut person, cookies.len()).await?);
    }
    let parts = cookies.iter().map(|cookie| parts_of(cookie)).collect::<Result<Vec<_>, _>>()?;
    let ids: HashSet<&[u8]> = parts.iter().map(|(id, _)| id.as_slice()).collect();
    let secrets: HashSet<&[u8]> = parts.iter().map(|(_, secret)| secret.as_slice()).collect();
    if ids.len() != SESSIONS || secrets.len() != cookies.len() {
        return Err(format!("{} identifiers and {} secrets of {SESSIONS} sessions", ids.len(), secrets.len()));
    }
    is_even("identifiers", ids.iter().copied())?;
    is_even("secrets", secrets.iter().copied())?;
    let data = ground.platform.data();
    let mut kept = vec![("the log".to_owned(), ground.platform.log().into_bytes())];
    for file in files(&data) {
        kept.push((file.display().to_string(), std::fs::read(&file).unwrap_or_default()));
    }
    let store = kept.iter().filter(|(name, _)| name.contains("store.db")).count();
    let ledger = kept.iter().filter(|(name, _)| name.contains("/ledger/")).count();
    if store == 0 || ledger == 0 || !kept.iter().any(|(_, bytes)| Wanted::of([b"cook-18a".to_vec()]).are_in(bytes)) {
        return Err(format!("{store} files of the store and {ledger} of the ledger: there is nothing to look into"));
    }
    let wanted = Wanted::of(cookies.iter().zip(&parts).flat_map(|(cookie, (_, secret))| {
        [
            cookie.as_bytes().to_vec(),
            secret.clone(),
            hex(secret).into_bytes(),
            URL_SAFE_NO_PAD.encode(secret).into_bytes(),
        ]
    }));
    if let Some((name, _)) = kept.iter().find(|(_, bytes)| wanted.are_in(bytes)) {
        return Err(format!("a cookie of a session is in {name}"));
    }
    println!("  {} cookies of {SESSIONS} sessions, and none in {} files", cookies.len(), kept.len());
    Ok(())
}

/// Every tenth session is also handed over to an application, whose cookie is another one.
async fn handed_over(person: &mut Person, number: usize) -> Result<Option<String>, String> {
    if !number.is_multiple_of(10) {
        return Ok(None);
    }
    person.open(APP, "/").await.map_err(told)?.expect(200).map_err(told)?;
    Ok(Some(value_of(&person.cookie(APP), COOKIE)))
}

/// A cookie's identifier, and what makes it a cookie.
fn parts_of(cookie: &str) -> Result<(Vec<u8>, Vec<u8>), String> {
    let bytes = URL_SAFE_NO_PAD.decode(cookie).map_err(|error| format!("{cookie}: {error}"))?;
    match (bytes.get(..16), bytes.get(20..52)) {
        (Some(id), Some(secret)) if bytes.len() == 52 => Ok((id.to_vec(), secret.to_vec())),
        _ => Err(format!("a cookie of {} bytes", bytes.len())),
    }
}

/// That each bit is set in about half of them: within six standard deviations.
fn is_even<'a>(what: &str, all: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let all: Vec<&[u8]> = all.collect();
    let allowed = 3.0 * (all.len() as f64).sqrt();
    let length = all.first().map_or(0, |one| one.len());
    for bit in 0..length * 8 {
        let is_set = |one: &&&[u8]| one.get(bit / 8).is_some_and(|byte| byte >> (bit % 8) & 1 == 1);
        let off = all.iter().filter(is_set).count() as f64 - all.len() as f64 / 2.0;
        if off.abs() > allowed {
            return Err(format!("bit {bit} of the {what} is off by {off} in {}", all.len()));
        }
    }
    Ok(())
}

/// Texts that are looked for all at once, by how they begin.
struct Wanted(HashMap<[u8; 8], Vec<Vec<u8>>>);

impl Wanted {
    fn of(texts: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut all: HashMap<[u8; 8], Vec<Vec<u8>>> = HashMap::new();
        for text in texts {
            all.entry(*text.first_chunk().unwrap()).or_default().push(text);
        }
        Self(all)
    }

    fn are_in(&self, bytes: &[u8]) -> bool {
        let begins = bytes.windows(8).enumerate().filter_map(|(at, window)| Some((at, self.0.get(window)?)));
        let mut rests = begins.filter_map(|(at, texts)| Some((bytes.get(at..)?, texts)));
        rests.any(|(rest, texts)| texts.iter().any(|text| rest.starts_with(text)))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
