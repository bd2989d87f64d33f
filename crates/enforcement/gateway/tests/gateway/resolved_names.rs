//! Upstreams that are names: resolved beforehand by a server of the test's own, checked, and dialled as they were checked.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA};
use hickory_proto::rr::{RData, Record};
use sekisho_model::documents::Kind;
use serde_json::json;
use tokio::net::UdpSocket;

use crate::calls::app_with;
use crate::platform::{APP, Platform};
use crate::scripted::ScriptedOrigin;

/// Well beyond the shortest lifetime.
const SOON: Duration = Duration::from_secs(30);

/// A DNS server that knows a few names.
#[derive(Clone)]
struct Dns {
    address: SocketAddr,
    names: Arc<Mutex<HashMap<String, Vec<IpAddr>>>>,
}

impl Dns {
    async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let dns = Self { address: socket.local_addr().unwrap(), names: Arc::default() };
        let serving = dns.clone();
        tokio::spawn(async move {
            let mut packet = [0; 2048];
            while let Ok((length, from)) = socket.recv_from(&mut packet).await {
                if let Some(answer) = serving.answer(packet.get(..length).unwrap()) {
                    let _ = socket.send_to(&answer, from).await;
                }
            }
        });
        dns
    }

    fn put(&self, name: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.names.lock().unwrap().insert(name.to_owned(), addresses);
    }

    fn answer(&self, packet: &[u8]) -> Option<Vec<u8>> {
        let asked = Message::from_vec(packet).ok()?;
        let query = asked.queries.first()?.clone();
        let name = query.name().to_string().to_ascii_lowercase();
        let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
        answer.add_query(query.clone());
        match self.names.lock().unwrap().get(name.trim_end_matches('.')) {
            None => answer.metadata.response_code = ResponseCode::NXDomain,
            Some(addresses) => {
                for address in addresses {
                    let data = match address {
                        IpAddr::V4(v4) => RData::A(A(*v4)),
                        IpAddr::V6(v6) => RData::AAAA(AAAA(*v6)),
                    };
                    if data.record_type() == query.query_type() {
                        // The shortest lifetime.
                        answer.add_answer(Record::from_rdata(query.name().clone(), 1, data));
                    }
                }
            }
        }
        answer.to_vec().ok()
    }
}

async fn with_dns() -> (Platform, Dns) {
    let dns = Dns::start().await;
    let server = dns.address;
    (Platform::with(|config| config.dns_servers = vec![server]).await, dns)
}

async fn status(platform: &Platform) -> u16 {
    platform.get(APP, "/", &format!("Cookie: {}\r\n", platform.app_cookie("app"))).await.status
}

#[tokio::test]
async fn a_name_leads_to_all_its_addresses_and_to_others_when_it_changes() {
    let (mut platform, dns) = with_dns().await;
    let (first, second) = ScriptedOrigin::pair().await;
    let port = first.address.port();
    let asked = |origin: &ScriptedOrigin| origin.connections("/").len();
    dns.put("payroll.internal", &["127.0.0.1", "127.0.0.2"]);
    platform.change(Kind::Resource, "app", Some(app_with(&json!(format!("http://payroll.internal:{port}")))));
    for _ in 0..8 {
        assert_eq!(status(&platform).await, 200);
    }
    assert_eq!(asked(&first) + asked(&second), 8);
    assert!(asked(&first) >= 2 && asked(&second) >= 2, "{} and {}", asked(&first), asked(&second));
    dns.put("payroll.internal", &["127.0.0.2"]);
    let mut before = asked(&first);
    let moved = async {
        let mut alone = 0;
        while alone < 8 {
            assert_eq!(status(&platform).await, 200);
            alone = if asked(&first) == before { alone + 1 } else { 0 };
            before = asked(&first);
        }
    };
    tokio::time::timeout(SOON, moved).await.expect("its lifetime ends");
    dns.put("payroll.internal", &[]);
    let gone = async { while status(&platform).await == 200 {} };
    tokio::time::timeout(SOON, gone).await.expect("its lifetime ends");
    assert_eq!(status(&platform).await, 502);
}

#[tokio::test]
async fn i8_a_name_that_leads_to_secrets_to_the_gateway_or_nowhere_is_refused() {
    let (mut platform, dns) = with_dns().await;
    let (own, port) = (platform.address(), platform.recorder.address.port());
    dns.put("metadata.internal", &["169.254.169.254"]);
    dns.put("gateway.internal", &["127.0.0.1"]);
    let mut refused = async |upstream: serde_json::Value| {
        platform.change(Kind::Resource, "app", Some(app_with(&upstream)));
        status(&platform).await
    };
    assert_eq!(refused(json!(format!("http://metadata.internal:{port}"))).await, 502);
    assert_eq!(refused(json!(format!("http://unknown.internal:{port}"))).await, 502);
    assert_eq!(refused(json!(format!("http://gateway.internal:{}", own.port()))).await, 502);
    assert_eq!(refused(json!({ "addresses": [own] })).await, 502);
    // The same name, where an application listens.
    assert_eq!(refused(json!(format!("http://gateway.internal:{port}"))).await, 200);
}

#[tokio::test]
async fn the_machines_own_names_are_known() {
    let mut platform = Platform::start().await;
    let port = platform.recorder.address.port();
    platform.change(Kind::Resource, "app", Some(app_with(&json!(format!("http://localhost:{port}")))));
    assert_eq!(status(&platform).await, 200);
}
