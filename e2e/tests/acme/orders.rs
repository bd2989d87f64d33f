//! Certificates are ordered, shown and kept.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sekisho_e2e::acme::Conduct;
use sekisho_e2e::platform::example::{CLOSED, OPEN};

use crate::place::{DEVICES, PORTAL, Place, shown};

#[tokio::test]
async fn people_s_hosts_get_certificates_machines_keep_the_own_authority_and_a_restart_orders_nothing() {
    let mut place = Place::start(Conduct::default()).await;
    let own = place.platform.connector().unwrap();
    own.connect(PORTAL).await.unwrap();
    assert!(place.trusting_acme().connect(PORTAL).await.is_err(), "nothing was ordered yet");

    place.configure("");
    let told = place.platform.command(&["reload"]).await.unwrap();
    assert_eq!(told["changed"], serde_json::json!(["acme"]), "{told}");
    for host in [PORTAL, OPEN, CLOSED] {
        let row = place.is_certified(host).await;
        assert!(row["problem"].is_null() && row["renew_at"].is_string(), "{row}");
        place.trusting_acme().connect(host).await.unwrap();
        assert!(own.connect(host).await.is_err(), "{host} has the authority's certificate");
    }
    for host in [DEVICES, "terminal.localhost", "decisions.localhost"] {
        assert_eq!(place.row(host).await["source"], "own");
        own.connect(host).await.unwrap();
    }
    assert_eq!((place.server.accounts(), place.server.orders().len()), (1, 3));
    let metrics = place.observed("/metrics").await;
    assert!(metrics.contains("sekisho_certificate_orders_total{outcome=\"issued\"} 3"), "{metrics}");
    let data = place.platform.data().join("ledger");
    let kept = shown(&place.trusting_acme(), OPEN).await;
    secrets_are_sealed(&place.platform.data(), &kept);

    place.platform = place.platform.kill_and_restart().await.unwrap();
    assert_eq!(shown(&place.trusting_acme(), OPEN).await, kept, "it is shown from the first handshake on");
    place.platform.command(&["ledger", "verify", &data.display().to_string()]).await.unwrap();

    // A new host is ordered with the account that there is.
    let later = "[[resource]]\nid = \"later\"\nname = { en = \"later\", ja = \"later\" }\nhost = \"later.localhost\"\n\
                 upstream = \"http://127.0.0.1:1\"\nsensitivity = 1\n";
    place.platform.apply(&[("later.toml", later)]).await.unwrap();
    place.is_certified("later.localhost").await;
    assert_eq!((place.server.accounts(), place.server.orders().len()), (1, 4), "{:?}", place.server.orders());
    assert_eq!(place.server.wrongs(), Vec::<String>::new());
}

#[tokio::test]
async fn an_upgrade_orders_nothing_and_goes_on_ordering() {
    let mut place = Place::start(Conduct::default()).await;
    place.order(&[PORTAL]).await;
    place.is_certified(PORTAL).await;
    place.platform.upgrade().await.unwrap();
    assert_eq!(place.platform.first_process_ended().await.unwrap(), Some(0));
    place.trusting_acme().connect(PORTAL).await.unwrap();
    assert_eq!(place.server.orders().len(), 1);
    place.order(&[PORTAL, OPEN]).await;
    place.is_certified(OPEN).await;
    assert_eq!((place.server.accounts(), place.server.orders().len()), (1, 2));
}

#[tokio::test]
async fn an_external_account_is_bound_and_one_with_another_key_is_refused() {
    let key = b"the secret of an external account".to_vec();
    let conduct = Conduct { external: Some(("kid-1".to_owned(), key.clone())), ..Conduct::default() };
    let place = Place::start(conduct).await;
    place.order(&[PORTAL]).await;
    let row = place.becomes(PORTAL, |row| row["problem"].is_string()).await;
    assert!(row["problem"].as_str().unwrap().contains("externalAccountRequired"), "{row}");

    let file = place.folder.path().join("eab.key");
    let binding = format!(
        "hosts = [\"{PORTAL}\"]\nexternal_account = {{ key_id = \"kid-1\", key_file = \"{}\" }}\n",
        file.display()
    );
    place.configure(&binding);
    write_secret(&file, b"another key");
    place.platform.command(&["reload"]).await.unwrap();
    let row =
        place.becomes(PORTAL, |row| row["problem"].as_str().is_some_and(|why| why.contains("unauthorized"))).await;
    assert_eq!((&row["source"], place.server.accounts()), (&serde_json::json!("own"), 0));

    write_secret(&file, &key);
    place.platform.command(&["reload"]).await.unwrap();
    place.is_certified(PORTAL).await;
    assert_eq!(place.server.accounts(), 1);
}

fn write_secret(file: &Path, key: &[u8]) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(file, URL_SAFE_NO_PAD.encode(key)).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// No file of the platform holds a private key, or the document that a certificate lies in with its key, in clear.
fn secrets_are_sealed(data: &Path, certificate: &[u8]) {
    // How every P-256 key in PKCS #8 begins.
    let beginning: [u8; 26] = [
        0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
        0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
    ];
    assert!(rcgen::KeyPair::generate().unwrap().serialize_der().starts_with(&beginning));
    let mut needles = vec![beginning.to_vec(), b"PRIVATE KEY".to_vec(), b"key_pkcs8".to_vec(), certificate.to_vec()];
    // 24 bytes are 32 whole characters.
    needles.push(STANDARD.encode(&beginning[..24]).into_bytes());
    needles.push(STANDARD.encode(certificate).into_bytes());
    let mut files = 0;
    for entry in std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let bytes = std::fs::read(&entry).unwrap();
        files += 1;
        for needle in &needles {
            let found = bytes.windows(needle.len()).any(|part| part == needle.as_slice());
            assert!(!found, "{} holds a secret in clear: {}", entry.display(), String::from_utf8_lossy(needle));
        }
    }
    assert!(files >= 2, "the store is not where it was");
}
