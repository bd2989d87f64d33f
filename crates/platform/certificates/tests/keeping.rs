//! Certificates are kept: they follow the World's hosts and the files, and what cannot be used changes nothing.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rcgen::{CertificateParams, KeyPair};
use sekisho_authority::Authority;
use sekisho_capability::{Capability, Readiness, Services, Tasks};
use sekisho_certificates::{Certificates, Files, OwnHosts, Reader, ServedCertificate, Sources, capability};
use sekisho_model::Span;
use sekisho_model::documents::Kind;
use sekisho_testbed::{Organisation, TemporaryServices, eventually};
use serde_json::json;

const CAPABILITY: Capability<State> = capability();
const PORTAL: &str = "portal.localhost";

#[derive(Debug, Clone)]
struct State {
    services: Services,
    certificates: Certificates,
}

impl AsRef<Services> for State {
    fn as_ref(&self) -> &Services {
        &self.services
    }
}

impl AsRef<Certificates> for State {
    fn as_ref(&self) -> &Certificates {
        &self.certificates
    }
}

/// The hosts and the leaf of a certificate that is shown.
type Seen = (Vec<String>, Vec<u8>);

/// A platform that shows certificates here.
struct Place {
    here: TemporaryServices,
    state: State,
    /// What is shown.
    shown: Arc<Mutex<Vec<Seen>>>,
    tasks: Tasks,
}

impl Place {
    async fn new(sources: Sources) -> Self {
        let here = TemporaryServices::new(Organisation::empty()).await;
        let services = here.services.clone();
        let authority = Authority::open(&services.store, here.clock.now()).await.unwrap();
        let shown: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let screen = shown.clone();
        let show = Arc::new(move |certificates: Vec<ServedCertificate>| {
            let seen = certificates.iter().map(|one| (one.hosts.clone(), one.chain[0].to_vec()));
            *screen.lock().unwrap() = seen.collect();
            Ok(())
        });
        let own = OwnHosts { people: vec![PORTAL.to_owned()], machines: Vec::new() };
        let opened = Certificates::open(&services, authority, own, sources, (show, Arc::new(|_| ()))).await;
        let state = State { services: services.clone(), certificates: opened.unwrap() };
        let mut tasks = Tasks::new(services.leases, services.clock);
        tasks.start(&state, CAPABILITY.tasks);
        Self { here, state, shown, tasks }
    }

    fn hosts(&self) -> BTreeSet<String> {
        self.shown.lock().unwrap().iter().flat_map(|(hosts, _)| hosts.clone()).collect()
    }

    fn leaves(&self) -> Vec<Vec<u8>> {
        self.shown.lock().unwrap().iter().map(|(_, leaf)| leaf.clone()).collect()
    }

    fn ready(&self) -> Readiness {
        (CAPABILITY.ready)(&self.state)
    }
}

#[tokio::test]
async fn a_new_application_gets_a_certificate_and_an_ended_one_makes_it_unready() {
    let place = Place::new(Sources::default()).await;
    assert_eq!(place.hosts(), [PORTAL.to_owned()].into());
    let wiki = json!({ "id": "wiki", "name": { "en": "Wiki", "ja": "Wiki" }, "host": "wiki.localhost", "upstream": "http://127.0.0.1:9" });
    place.here.put(Kind::Resource, "wiki", wiki).await;
    place.state.certificates.served().wait_for(|served| served.contains("wiki.localhost")).await.unwrap();
    assert_eq!(place.hosts(), [PORTAL.to_owned(), "wiki.localhost".to_owned()].into());
    let rows = place.state.certificates.rows().borrow().clone();
    assert!(rows.len() == 2 && rows.iter().all(|row| row.source == "own" && row.renew_at.is_some()), "{rows:?}");
    assert_eq!(place.ready(), Readiness::Ready);
    let until = place.state.certificates.until();
    place.tasks.stop().await;
    // Nobody renews it any more.
    place.here.clock.pass(Span::from_minutes(91 * 24 * 60));
    assert!(until <= place.here.clock.now());
    assert!(matches!((CAPABILITY.ready)(&place.state), Readiness::Unready(_)));
}

#[tokio::test]
async fn own_certificates_are_renewed_before_they_end() {
    let place = Place::new(Sources::default()).await;
    let first = place.state.certificates.until();
    place.here.clock.pass(Span::from_minutes(84 * 24 * 60));
    eventually("another certificate", async || (place.state.certificates.until() > first).then_some(())).await;
    assert_eq!(place.ready(), Readiness::Ready);
}

/// Files with a certificate for these hosts.
fn write(folder: &Path, hosts: &[&str]) {
    let key = KeyPair::generate().unwrap();
    let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
    let certificate = CertificateParams::new(hosts).unwrap().self_signed(&key).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    std::fs::write(folder.join("chain.pem"), certificate.pem()).unwrap();
}

fn files(folder: &Path) -> Sources {
    let read = |path: &Path| std::fs::read(path).map(zeroize::Zeroizing::new);
    let reader = Reader { plain: read, private: read };
    let files = Files { chain: folder.join("chain.pem"), key: folder.join("key.pem"), reader };
    Sources { files: Some(files), ordering: None }
}

#[tokio::test]
async fn changed_files_are_taken_up_and_unusable_ones_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[PORTAL]);
    let place = Place::new(files(folder.path())).await;
    let first = place.leaves();
    write(folder.path(), &[PORTAL]);
    let second =
        eventually("the new certificate", async || Some(place.leaves()).filter(|leaves| *leaves != first)).await;
    // One for another host is not shown, and readiness says so.
    write(folder.path(), &["other.localhost"]);
    eventually("the failure", async || matches!(place.ready(), Readiness::Impaired(_)).then_some(())).await;
    assert_eq!(place.leaves(), second);
    write(folder.path(), &[PORTAL]);
    eventually("the certificate after it", async || (place.ready() == Readiness::Ready).then_some(())).await;
    assert_ne!(place.leaves(), second);
}

#[tokio::test]
async fn other_sources_are_taken_up_or_the_old_ones_stay() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::new(Sources::default()).await;
    let first = place.leaves();
    let refused = place.state.certificates.set(files(folder.path())).await.unwrap_err().to_string();
    assert!(refused.contains("`certificate`: `chain`"), "{refused}");
    assert_eq!(place.leaves(), first);
    write(folder.path(), &[PORTAL]);
    place.state.certificates.set(files(folder.path())).await.unwrap();
    assert_ne!(place.leaves(), first);
    assert_eq!(place.state.certificates.rows().borrow()[0].source, "files");
}
