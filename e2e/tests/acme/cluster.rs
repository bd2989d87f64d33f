//! Two processes on one store: one orders, either answers, both show what was issued.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use sekisho_e2e::acme::{AcmeServer, Conduct};
use sekisho_e2e::client::Connector;
use sekisho_e2e::platform::{Platform, binary};
use sekisho_e2e::services::Postgres;

use crate::place::{PORTAL, shown};

/// How long something may take to happen on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

async fn is_from(platform: &Platform, host: &str, source: &str) {
    let is_so = async {
        loop {
            let rows = platform.command(&["certificate", "list"]).await.unwrap();
            let row = rows.as_array().unwrap().iter().find(|row| row["host"] == host);
            if row.is_some_and(|row| row["source"] == source) {
                return;
            }
        }
    };
    let seen = tokio::time::timeout(PATIENCE, is_so).await;
    assert!(seen.is_ok(), "{host}: {}", platform.log());
}

#[tokio::test]
async fn i24_a_question_is_answered_by_any_process_and_a_certificate_is_ordered_once() {
    let postgres = Postgres::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("master.key").display().to_string();
    let store = format!("postgres://sekisho@{}/postgres", postgres.address());
    let common = format!("store = {{ postgres = \"{store}\" }}\nmaster_key_file = \"{key}\"\n");
    let one = Platform::start_from(&binary().unwrap(), 1, &common).await.unwrap();
    // The first process makes what every platform begins with.
    let begun = async { while one.command(&["policy", "show", "console"]).await.is_err() {} };
    tokio::time::timeout(PATIENCE, begun).await.unwrap();
    let other = Platform::start_from(&binary().unwrap(), 1, &common).await.unwrap();
    // The authority's question arrives at the other one, which orders nothing.
    let server = AcmeServer::start(other.port(), folder.path(), Conduct::default()).await.unwrap();
    let (directory, trust) = (server.directory(), server.trust().display().to_string());
    let ordering = |hosts: &str| {
        format!("{common}[acme]\ndirectory = \"{directory}\"\nagree_to_terms = true\ntrust = \"{trust}\"\n{hosts}\n")
    };
    for (platform, host) in [(&other, "not-served.localhost"), (&one, PORTAL)] {
        platform.configure(&ordering(&format!("hosts = [\"{host}\"]"))).unwrap();
        platform.command(&["reload"]).await.unwrap();
    }
    is_from(&one, PORTAL, "acme").await;
    assert_eq!(server.unproven(), Vec::<String>::new());
    is_from(&other, PORTAL, "own").await;

    for platform in [&one, &other] {
        platform.configure(&ordering("")).unwrap();
        platform.command(&["reload"]).await.unwrap();
    }
    is_from(&other, PORTAL, "acme").await;
    let connect = |port| Connector::new(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), server.trust()).unwrap();
    assert_eq!(shown(&connect(one.port()), PORTAL).await, shown(&connect(other.port()), PORTAL).await);
    assert_eq!((server.accounts(), server.orders().len()), (1, 1));

    // Both learn of new hosts in the same moment.
    let hosts = ["a.localhost", "b.localhost", "c.localhost"];
    let resource = |host: &str| {
        let id = host.split('.').next().unwrap();
        format!(
            "[[resource]]\nid = \"{id}\"\nname = {{ en = \"{id}\", ja = \"{id}\" }}\nhost = \"{host}\"\n\
             upstream = \"http://127.0.0.1:1\"\nsensitivity = 1\n"
        )
    };
    one.apply(&[("resources.toml", &hosts.map(resource).concat())]).await.unwrap();
    for host in hosts {
        is_from(&one, host, "acme").await;
        is_from(&other, host, "acme").await;
    }
    let orders = server.orders();
    assert_eq!((orders.len(), server.accounts(), server.wrongs()), (4, 1, Vec::new()), "{orders:?}");
}
