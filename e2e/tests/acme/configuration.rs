//! A wrong table stops the start before a port is bound, and changes nothing when it is read again.

use std::process::Command;

use sekisho_e2e::acme::Conduct;
use sekisho_e2e::platform::binary;

use crate::place::{PORTAL, Place};

#[test]
fn i20_files_that_cannot_be_used_end_the_start_with_64() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty.pem"), "").unwrap();
    std::fs::write(folder.path().join("key"), "c2VjcmV0").unwrap();
    let file = folder.path().join("sekisho.toml");
    for (line, says) in [
        ("trust = \"none.pem\"", "`acme`: `trust`"),
        ("trust = \"empty.pem\"", "holds no certificate"),
        ("external_account = { key_id = \"k\", key_file = \"none\" }", "`key_file`"),
        ("external_account = { key_id = \"k\", key_file = \"key\" }", "chmod 600"),
        ("hosts = [\"*.example.jp\"]", "sekisho.toml:6: `acme.hosts`"),
    ] {
        let text = format!(
            "data = \"d\"\ndomain = \"example.jp\"\n[acme]\ndirectory = \"https://ca.example.jp/d\"\nagree_to_terms = true\n{line}\n"
        );
        std::fs::write(&file, text).unwrap();
        for check in [&["up", "--check", "--config"][..], &["up", "--config"]] {
            let output = Command::new(binary().unwrap()).args(check).arg(&file).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(64), "{line}: {said}");
            assert!(said.contains(says), "{line}: {said}");
            assert!(!folder.path().join("d").exists(), "nothing was made");
        }
    }
}

#[tokio::test]
async fn a_table_that_is_wrong_or_gone_is_followed_as_far_as_it_goes() {
    let place = Place::start(Conduct::default()).await;
    place.order(&[PORTAL]).await;
    place.is_certified(PORTAL).await;

    place.configure("hosts = [\"*.localhost\"]\n");
    let why = place.platform.command(&["reload"]).await.unwrap_err().to_string();
    assert!(why.contains("dns-01"), "{why}");
    place.trusting_acme().connect(PORTAL).await.unwrap();

    place.platform.configure(&format!("operation_listen = \"{}\"\n", place.operation)).unwrap();
    place.platform.command(&["reload"]).await.unwrap();
    place.becomes(PORTAL, |row| row["source"] == "own").await;
    place.platform.connector().unwrap().connect(PORTAL).await.unwrap();

    place.order(&[PORTAL]).await;
    place.is_certified(PORTAL).await;
    assert_eq!(place.server.orders().len(), 1, "the one that is kept is shown again");
}
