//! A full disk passes: nothing is permitted meanwhile, and recording resumes by itself.

use std::io::Write;
use std::time::{Duration, Instant};

use sekisho_e2e::origin::Origin;
use sekisho_e2e::peer::server_address;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::CLOSED;

use crate::metrics::{ask, metrics_with};
use crate::readiness::becomes;

const PATIENCE: Duration = Duration::from_secs(60);
/// Runs the platform with a small disk of its own under the folder of its ledger.
const SMALL_DISK: &str = "f=$(dirname \"$4\")/data; mkdir -m 700 $f $f/ledger && mount -t tmpfs -o size=4m,mode=700 none $f/ledger && exec \"$@\"";

#[tokio::test]
async fn recording_resumes_by_itself_when_the_disk_has_room_again() {
    let address = server_address().unwrap();
    let settings = format!("operation_listen = \"{address}\"\ndisk_warning = 3\n");
    let wrapper = ["unshare", "--mount", "sh", "-c", SMALL_DISK, "sh"];
    let platform = Platform::start_with(1, &wrapper, &settings).await.unwrap();
    let origin = Origin::serve(&[("/", "open")]).await.unwrap();
    let mut person = platform.example(origin.port()).await.unwrap();
    assert_eq!(person.open(CLOSED, "/").await.unwrap().status, 403);
    becomes(address, None).await;
    metrics_with(address, "sekisho_disk_free_bytes ").await;

    // The disk is the process's own: it is reached through the process.
    let disk = format!("/proc/{}/root{}/ledger", platform.process().unwrap(), platform.data().display());
    let filler = format!("{disk}/filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    file.write_all(&vec![0; 2 << 20]).unwrap();
    let warned = ask(address, "/readyz").await;
    assert!(warned.starts_with("HTTP/1.1 200 ") && warned.contains("\"disk\""), "{warned}");
    while file.write_all(&[0; 4096]).is_ok() {}
    let began = Instant::now();
    while person.open(CLOSED, "/").await.unwrap().status != 503 {
        assert!(began.elapsed() < PATIENCE, "decisions are recorded on a full disk");
    }
    becomes(address, Some("ledger")).await;

    std::fs::remove_file(&filler).unwrap();
    drop(file);
    becomes(address, None).await;
    assert_eq!(person.open(CLOSED, "/").await.unwrap().status, 403, "recorded again, without a restart");
}
