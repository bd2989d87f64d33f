//! A full disk passes: the reserve takes administrative acts meanwhile, and recording resumes by itself once there is room.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod sample;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use sample::{act, check, decision, events, open};
use sekisho_ledger::{Ledger, LedgerError, Standing};
use sekisho_model::Outcome;

const DISK: &str = "SEKISHO_TEST_SMALL_DISK";
const PATIENCE: Duration = Duration::from_secs(30);

/// The child's part: it has a disk of 3 MiB to itself.
#[tokio::test]
async fn child_on_a_small_disk() {
    let Ok(disk) = std::env::var(DISK) else { return };
    let disk = Path::new(&disk);
    let ledger = open(&disk.join("ledger"));
    ledger.keep_reserve(disk.join("reserve"), 1 << 20).unwrap();
    let first = ledger.append(decision("before", "aoi", Outcome::Permit)).await.unwrap();
    ledger.access(events(20)).unwrap();
    assert_eq!(ledger.standing(), Standing::Sound);

    fill(&disk.join("filler"));
    let mut refused = None;
    for _ in 0..10_000 {
        ledger.access(events(50)).ok();
        if let Err(error) = ledger.append(decision("filling", "aoi", Outcome::Deny)).await {
            refused = Some(error);
            break;
        }
    }
    assert!(matches!(refused, Some(LedgerError::Full)), "{refused:?}");
    assert_eq!(ledger.standing(), Standing::Full);
    assert!(ledger.access(events(1)).is_err(), "what cannot be recorded is refused");
    assert!(ledger.append(decision("full", "aoi", Outcome::Deny)).await.is_err());
    ledger.append(act(1)).await.expect("the reserve takes administrative acts");

    std::fs::remove_file(disk.join("filler")).unwrap();
    sound_again(&ledger).await;
    let last = ledger.append(decision("after", "aoi", Outcome::Permit)).await.unwrap();
    assert_eq!(ledger.find_decision("before").await.unwrap().0, first);
    assert_eq!(ledger.find_decision("after").await.unwrap().0, last);
    assert!(ledger.find_decision("full").await.is_none());
    assert!(disk.join("reserve").metadata().unwrap().len() == 1 << 20, "the reserve is kept again");
    ledger.close().await;
    let report = check(&disk.join("ledger"));
    assert!(report.is_whole(), "{:?}", report.findings);
}

fn fill(file: &Path) {
    use std::io::Write;
    let mut file = std::fs::File::create(file).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
}

async fn sound_again(ledger: &Ledger) {
    let began = Instant::now();
    while ledger.standing() != Standing::Sound {
        assert!(began.elapsed() < PATIENCE, "recording does not resume");
        // An answer of the ledger's thread, which finds the room.
        let _ = ledger.head().await;
    }
}

#[test]
fn recording_resumes_by_itself_after_a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=3m none \"$1\" && exec \"$0\" --exact child_on_a_small_disk --nocapture";
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .arg(folder.path())
        .env(DISK, folder.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
