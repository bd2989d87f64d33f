//! SESS-11: very many sessions, and one act that ends what they open. The catalogue's million is a matter of patience:
//! `SEKISHO_SESSIONS=1000000` makes that many.

use std::time::{Duration, Instant};

use crate::ground::{APP, Ground};
use crate::moments::{apply, command};
use crate::record::{Happened, holds};
use crate::scenario::conclude;
use crate::sessions::asks;
use crate::shared_store::SharedStore;

const ACCOUNT: &str = "sess-11c";
/// What one session may take in memory, in bytes, with what listing them all leaves behind. An unoptimised build has the same data.
const EACH: u64 = 4 * 1024;
/// How long so many may take to be read, each.
const READ_EACH: Duration = Duration::from_millis(2);
/// How long something is waited for on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// When an act counts.
const SOON: Duration = Duration::from_secs(1);

pub(crate) const CASES: [&str; 2] = ["SESS-11c", "SESS-11d"];

fn count() -> u64 {
    std::env::var("SEKISHO_SESSIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(20_000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a volume: `cargo verify --full` runs it"]
async fn very_many_sessions_end_within_a_second() {
    let (store, count) = (SharedStore::start().await, count());
    let ground = Ground::with(&["env", "SEKISHO_LOG=warn"], &store.lines()).await;
    let cookie = ground.somebody(ACCOUNT).await.cookie(APP);
    let before = ground.resident();
    open_sessions(&store, count).await;

    // Changes are read in their order: when this policy counts, the sessions do.
    let (began, patience) = (Instant::now(), PATIENCE + READ_EACH * u32::try_from(count).unwrap());
    let shut = format!("@id(\"shut\") forbid (principal == Sekisho::User::\"{ACCOUNT}\", action, resource);\n");
    apply(&ground, &[("shut.cedar", &shut)]).await.unwrap();
    becomes(&ground, &cookie, 403, "all are read", patience).await;
    let grown = ground.resident().saturating_sub(before) * 1024;
    println!("{count} sessions in the World after {:?}, {} bytes each", began.elapsed(), grown / count);
    assert!(grown < count * EACH, "{grown} bytes for {count} sessions");
    let listed = ground.platform.command(&["session", "list"]).await.unwrap();
    assert!(listed.as_array().map_or(0, Vec::len) as u64 >= count, "they are listed");

    // One policy lets everybody in, and shuts them out again.
    let open = "// nothing is shut\n";
    for (policy, expected) in [(open, 200), (shut.as_str(), 403), (open, 200)] {
        apply(&ground, &[("shut.cedar", policy)]).await.unwrap();
        becomes(&ground, &cookie, expected, "SESS-11d", SOON).await;
    }

    // The account's end is the end of them all.
    command(&ground, &["user", "disable", ACCOUNT]).await.unwrap();
    becomes(&ground, &cookie, 401, "SESS-11c", SOON).await;
    let failures = holds(ground, &Happened::default()).await;
    conclude("SESS (very many)", CASES.len(), &failures);
    drop(store);
}

/// So long after the acknowledgement at the latest, a request comes out like this, and the next ones do.
async fn becomes(ground: &Ground, cookie: &str, expected: u16, case: &str, within: Duration) {
    let acknowledged = Instant::now();
    loop {
        let status = asks(ground, cookie).await.unwrap();
        if status == expected {
            break;
        }
        assert!(acknowledged.elapsed() < within, "{case}: {status} instead of {expected}");
        // One address may open a hundred connections a second.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("{case}: {expected} {:?} after the acknowledgement", acknowledged.elapsed());
    for _ in 0..10 {
        assert_eq!(asks(ground, cookie).await, Ok(expected), "{case}");
    }
}

/// Puts so many open sessions of the account into the store, as the platform writes them.
async fn open_sessions(store: &SharedStore, count: u64) {
    let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap();
    let (now, hour) = (i64::try_from(now.as_millis()).unwrap(), 3_600_000);
    let body = format!(
        "json_build_object('id', lpad(to_hex(n), 32, '0'), 'user', '{ACCOUNT}', 'established_at', {now}, \
         'authenticated_at', {now}, 'expires_at', {}, 'methods', json_build_array('passkey'), 'address', '127.0.0.1')",
        now + hour
    );
    let statement = format!(
        "WITH next AS (UPDATE counters SET value = value + 1 WHERE name = 'revision' RETURNING value) \
         INSERT INTO documents (kind, id, revision, place, at, actor, body) \
         SELECT 'session', lpad(to_hex(n), 32, '0'), next.value, n, {now}, 'test', ({body})::text \
         FROM generate_series(1, {count}) AS n, next"
    );
    let address = store.postgres.address();
    let (host, port) = address.rsplit_once(':').unwrap();
    let output = store.postgres.psql(host, port.parse().unwrap(), &statement).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
