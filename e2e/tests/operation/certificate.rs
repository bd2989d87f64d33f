//! Certificates change under load.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use sekisho_e2e::client::Connector;
use sekisho_e2e::platform::example::OPEN;
use time::OffsetDateTime;

use crate::place::{Place, SOME, still_carries};

const HOSTS: [&str; 6] = [
    "portal.localhost",
    "devices.localhost",
    "terminal.localhost",
    "decisions.localhost",
    "open.localhost",
    "closed.localhost",
];

/// An authority of the organisation, and the files with what it issued last.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Authority {
    pub(crate) fn new(folder: &Path) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { issuer, folder: folder.to_owned() }
    }

    pub(crate) fn setting(&self) -> String {
        let [chain, key] = ["chain.pem", "key.pem"].map(|name| self.folder.join(name).display().to_string());
        format!("certificate = {{ chain = \"{chain}\", key = \"{key}\" }}\n")
    }

    /// Puts a new certificate into the files, valid for so many days from now; its DER form.
    pub(crate) fn issue(&self, days: i64) -> Vec<u8> {
        self.issue_for(time::Duration::days(days))
    }

    /// The same, valid for so long from now.
    pub(crate) fn issue_for(&self, validity: time::Duration) -> Vec<u8> {
        let mut params = CertificateParams::new(HOSTS.map(str::to_owned)).unwrap();
        params.not_before = OffsetDateTime::now_utc() - time::Duration::days(10);
        params.not_after = OffsetDateTime::now_utc() + validity;
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        self.put("key.pem", &key.serialize_pem());
        self.put("chain.pem", &certificate.pem());
        certificate.der().to_vec()
    }

    /// Connections that trust this authority and the platform's own.
    pub(crate) fn connector(&self, place: &Place) -> Connector {
        let both = place.folder.path().join("both.pem");
        let own = std::fs::read_to_string(place.platform.data().join("authority.pem")).unwrap();
        std::fs::write(&both, format!("{own}\n{}", self.issuer.pem())).unwrap();
        Connector::new(SocketAddr::from((Ipv4Addr::LOCALHOST, place.platform.port())), &both).unwrap()
    }

    fn put(&self, name: &str, text: &str) {
        self.put_for(0o640, name, text);
    }

    /// The same for those that this mode allows.
    fn put_for(&self, mode: u32, name: &str, text: &str) {
        let draft = self.folder.join("draft");
        std::fs::write(&draft, text).unwrap();
        std::fs::set_permissions(&draft, std::fs::Permissions::from_mode(mode)).unwrap();
        std::fs::rename(draft, self.folder.join(name)).unwrap();
    }
}

/// The certificate that a new connection is shown.
pub(crate) async fn shown(connector: &Connector) -> Vec<u8> {
    let stream = connector.connect(OPEN).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

#[tokio::test]
async fn a_certificate_change_loses_no_request_and_a_bad_certificate_changes_nothing() {
    let place = Place::start("").await;
    let authority = Authority::new(place.folder.path());
    let connector = authority.connector(&place);
    let mut load = place.load(&connector).await;
    let mut shared = place.load_over_http2(&connector).await;
    let socket = place.socket().await;

    let first = authority.issue(30);
    assert_ne!(shown(&connector).await, first);
    place.platform.configure(&authority.setting()).unwrap();
    place.platform.command(&["reload"]).await.unwrap();
    assert_eq!(shown(&connector).await, first, "from the own authority to files");
    load.answers(SOME).await.unwrap();

    let second = authority.issue(30);
    let seen = async {
        while shown(&connector).await != second {
            load.answers(1).await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(30), seen).await.unwrap();
    load.answers(SOME).await.unwrap();

    authority.issue(-1);
    let why = place.refusal("reload").await;
    assert!(why.contains("chain.pem") && why.contains("renew it"), "{why}");
    authority.put("chain.pem", "no certificate at all");
    assert!(place.refusal("reload").await.contains("holds no certificate"));
    authority.issue(30);
    authority.put("key.pem", &KeyPair::generate().unwrap().serialize_pem());
    let why = place.refusal("reload").await;
    assert!(why.contains("key.pem") && why.contains("name the key"), "{why}");
    authority.put_for(0o644, "key.pem", &KeyPair::generate().unwrap().serialize_pem());
    let why = place.refusal("reload").await;
    assert!(why.contains("key.pem: it has mode 0644") && why.contains("chmod 640"), "{why}");
    load.answers(SOME).await.unwrap();
    assert_eq!(shown(&connector).await, second, "the last good one is still shown");

    still_carries(socket).await;
    shared.answers(SOME).await.unwrap();
    println!("{} requests over HTTP/2, none failed", shared.stop().await.unwrap().len());
    println!("{} requests, none failed", load.stop().await.unwrap().len());
}
