//! Somebody who may write where our files are puts a pipe in a file's place: nothing waits for it, and what it stood for goes on
//! as before.

use std::path::Path;
use std::time::Duration;

use rustix::fs::{CWD, FileType, Mode};
use sekisho_e2e::platform::example::OPEN;

use crate::certificate::{Authority, shown};
use crate::place::Place;

/// How long a busy machine may take for what must not wait.
const PATIENCE: Duration = Duration::from_secs(30);

fn pipe(path: &Path) {
    std::fs::remove_file(path).unwrap();
    rustix::fs::mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

/// A reload is refused for that reason, and the process still stops when it is told to.
async fn holds_nobody_up(mut place: Place, why: &str) {
    let refused = tokio::time::timeout(PATIENCE, place.refusal("reload")).await.unwrap();
    assert!(refused.contains(why), "{refused}");
    place.platform.signal(rustix::process::Signal::TERM).unwrap();
    assert_eq!(tokio::time::timeout(PATIENCE, place.platform.first_process_ended()).await.unwrap().unwrap(), Some(0));
}

#[tokio::test]
async fn a_pipe_for_the_access_log_holds_up_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("access.log");
    let mut place = Place::start(&format!("access_log = \"{}\"\n", log.display())).await;
    pipe(&log);
    place.person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    holds_nobody_up(place, "a pipe that nobody reads").await;
}

#[tokio::test]
async fn a_pipe_for_a_certificate_holds_up_nobody() {
    for name in ["chain.pem", "key.pem"] {
        let place = Place::start("").await;
        let authority = Authority::new(place.folder.path());
        let certificate = authority.issue(30);
        place.platform.configure(&authority.setting()).unwrap();
        place.platform.command(&["reload"]).await.unwrap();
        pipe(&place.folder.path().join(name));
        // It is seen by itself before anybody asks.
        let seen = async {
            while !place.platform.log().contains("the certificates could not be replaced") {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.unwrap();
        let connector = authority.connector(&place);
        assert_eq!(shown(&connector).await, certificate, "the last good one is still shown");
        holds_nobody_up(place, "no plain file").await;
    }
}
