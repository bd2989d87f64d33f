//! DOS-28: visits of strangers by the thousand, each at another path and with other cookies: nothing of them is kept, in memory or
//! on the disk, but how many they were. `SEKISHO_ATTACK_VISITS=10000000` is the catalogue's number.

use std::path::Path;
use std::time::Instant;

use futures_util::future::try_join_all;
use sekisho_attacks::Client;

use crate::ground::{APP, Ground};
use crate::record::{Happened, files, holds};
use crate::scenario::conclude;

pub(crate) const CASES: [&str; 1] = ["DOS-28b"];

const CLIENTS: usize = 4;
/// So many are asked before the first answer is read.
const AT_ONCE: usize = 50;

fn visits() -> usize {
    std::env::var("SEKISHO_ATTACK_VISITS").ok().and_then(|visits| visits.parse().ok()).unwrap_or(40_000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a volume: `cargo verify --full` runs it"]
async fn strangers_leave_nothing_behind_however_many_come() {
    let ground = Ground::quietly().await;
    let (visits, work, mut failures) = (visits(), ground.bystander.work(), Vec::new());
    // What is made once is made by the first quarter.
    let first = visit(&ground, 0..visits / 4).await;
    failures.extend(first.err());
    let (resident, store, ledger) = (ground.resident(), store(&ground), size(&ground.platform.data().join("ledger")));
    let began = Instant::now();
    failures.extend(visit(&ground, visits / 4..visits).await.err());
    let grown = ground.resident().saturating_sub(resident) / 1024;
    let written = size(&ground.platform.data().join("ledger")).saturating_sub(ledger);
    let stored = self::store(&ground).saturating_sub(store);
    match work.ends_well().await {
        Ok(worked) => println!("  {worked}"),
        Err(error) => failures.push(error),
    }
    println!(
        "  DOS-28b: {} visits in {:?}: {grown} MiB more of memory, {stored} bytes of the store, {written} of the ledger",
        visits - visits / 4,
        began.elapsed()
    );
    // The counts are written once a second and kind, whatever their number; somebody who works writes events.
    let seconds = began.elapsed().as_secs() + 2;
    if grown > 32 || stored > 256 * 1024 || written > seconds * 16 * 1024 {
        failures.push(format!("{visits} visits left {grown} MiB, {stored} bytes stored, {written} bytes recorded"));
    }
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("DOS (visits)", CASES.len(), &failures);
}

async fn visit(ground: &Ground, numbers: std::ops::Range<usize>) -> Result<(), String> {
    let each = numbers.len() / CLIENTS;
    let visitors = (0..CLIENTS).map(|client| visits_of_one(ground, numbers.start + client * each, each));
    try_join_all(visitors).await.map(drop)
}

async fn visits_of_one(ground: &Ground, start: usize, count: usize) -> Result<(), String> {
    let connect = || Client::connect(ground.setting.address, ground.setting.tls.clone(), APP);
    let mut client = connect().await.map_err(|error| error.to_string())?;
    for first in (start..start + count).step_by(AT_ONCE) {
        let requests: String = (first..first + AT_ONCE)
            .map(|number| {
                format!("GET /{number} HTTP/1.1\r\nHost: {APP}\r\nCookie: __Host-sekisho={number}; a={number}\r\n\r\n")
            })
            .collect();
        client.send(requests.as_bytes()).await.map_err(|error| error.to_string())?;
        for _ in 0..AT_ONCE {
            let response = client.response("GET").await.map_err(|error| error.to_string())?;
            match response.map(|response| response.status) {
                Some(401) => {}
                other => return Err(format!("{other:?} for a stranger")),
            }
        }
    }
    Ok(())
}

/// The store's size, with what it has not folded in yet.
fn store(ground: &Ground) -> u64 {
    let files = files(&ground.platform.data());
    let of_store = files.iter().filter(|file| file.to_string_lossy().contains("store.db"));
    of_store.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}

fn size(folder: &Path) -> u64 {
    files(folder).iter().filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}
