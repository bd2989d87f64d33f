//! The agent against the real service: enrolment, reports, a watched change, revocation.

use std::path::PathBuf;
use std::time::Duration;

use sekisho_agent::{
    Agent, AgentConfig, AgentError, EnrolOptions, ServerTrust, Status, client_config, enroll, enrolment,
};
use sekisho_model::documents::Kind;
use sekisho_model::{Actor, Span};
use tokio::sync::watch;

use crate::platform::{Front, HOST, Platform, id, now, port_check};

/// More than any of this takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

impl Platform {
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("agent")
    }

    fn options(&self, front: &Front, token: String) -> EnrolOptions {
        let mut server: sekisho_agent::ServerAddress = front.url().parse().unwrap();
        server.connect = Some(front.address);
        let trust = ServerTrust::Pin(self.devices.authority().server_ca_pin());
        EnrolOptions { server, trust, token, data_dir: self.home() }
    }

    /// An agent on this machine, enrolled as `laptop`, on a free port.
    pub(crate) async fn agent(&self, front: &Front) -> Agent {
        let token = self.token("laptop", now()).await;
        enroll(&self.options(front, token)).await.unwrap();
        let config = AgentConfig {
            proof_port: Some(0),
            watch_every: Duration::from_millis(50),
            ..AgentConfig::new(self.home())
        };
        Agent::prepare(config).await.unwrap()
    }
}

async fn wait_for(status: &mut watch::Receiver<Status>, what: impl FnMut(&Status) -> bool) -> Status {
    tokio::time::timeout(PATIENCE, status.wait_for(what)).await.expect("in time").expect("the agent runs").clone()
}

/// A free port below those that the system gives out, so that nothing beside this test takes it meanwhile.
fn quiet_port() -> u16 {
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    (first..32_000).find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}

#[tokio::test]
async fn an_agent_enrols_with_the_ca_or_its_pin_and_with_nothing_else() {
    let platform = Platform::start().await;
    let front = platform.serve().await;
    let good = platform.options(&front, platform.token("laptop", now()).await);
    let elsewhere = Platform::start().await;

    let other_pin = ServerTrust::Pin(elsewhere.devices.authority().server_ca_pin());
    let other_pem = ServerTrust::Pem(elsewhere.devices.authority().server_ca_pem());
    for trust in [other_pin, other_pem] {
        let refused = enroll(&EnrolOptions { trust, ..good.clone() }).await;
        assert!(matches!(refused, Err(AgentError::Unreachable { .. })), "{refused:?}");
    }
    for trust in [ServerTrust::Pin("abc".to_owned()), ServerTrust::Pem("abc".to_owned())] {
        assert!(matches!(enroll(&EnrolOptions { trust, ..good.clone() }).await, Err(AgentError::Trust)));
    }
    let mut misnamed = good.clone();
    misnamed.server.host = "portal.localhost".parse().unwrap();
    assert!(matches!(enroll(&misnamed).await, Err(AgentError::Unreachable { .. })));
    let wrong = enroll(&EnrolOptions { token: "guess".to_owned(), ..good.clone() }).await;
    assert!(matches!(wrong, Err(AgentError::Refused { status: 403, .. })), "{wrong:?}");
    assert!(matches!(enrolment(&platform.home()), Err(AgentError::NotEnrolled(_))));

    let enrolled = enroll(&good).await.unwrap();
    assert_eq!(enrolled.device, id("laptop"));
    assert_eq!(enrolment(&platform.home()).unwrap(), enrolled);
    assert!(matches!(enroll(&good).await, Err(AgentError::Enrolled(_))));

    let pem = ServerTrust::Pem(platform.devices.authority().server_ca_pem());
    let token = platform.token("other", now()).await;
    let data_dir = platform.folder.path().join("other");
    assert!(enroll(&EnrolOptions { trust: pem, token, data_dir, ..good }).await.is_ok());
}

#[tokio::test]
async fn an_agent_reports_and_a_watched_change_goes_out_at_once() {
    let platform = Platform::start().await;
    let front = platform.serve().await;
    let port = quiet_port();
    platform.put(Kind::Check, "ports", port_check(&port.to_string())).await;
    let agent = platform.agent(&front).await;
    let mut status = agent.status();
    let running = tokio::spawn(agent.run(std::future::pending()));

    wait_for(&mut status, |status| status.compliant == Some(true)).await;
    let posture = platform.store.get(Kind::Posture, "laptop").await.unwrap().unwrap();
    assert!(posture.body["facts"]["os.id"].is_string());

    // The next ordinary report is a minute away.
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let failing = wait_for(&mut status, |status| status.compliant == Some(false)).await.failing;
    assert_eq!(failing[0].found, port.to_string());
    drop(listener);
    wait_for(&mut status, |status| status.compliant == Some(true)).await;

    platform.devices.revoke(&id("laptop"), Actor::System, now()).await.unwrap();
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let problem = wait_for(&mut status, |status| status.problem.is_some()).await.problem.unwrap();
    assert!(problem.contains("device-revoked"), "{problem}");
    drop(listener);
    running.abort();
}

#[tokio::test]
async fn an_agent_renews_its_certificate_before_the_end() {
    let platform = Platform::start().await;
    let front = platform.serve().await;
    drop(platform.agent(&front).await);
    let file = platform.home().join("agent.json");
    let mut stored: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    stored["not_after"] = now().plus(Span::from_minutes(60)).as_millis().into();
    std::fs::write(&file, stored.to_string()).unwrap();
    let before = std::fs::read(platform.home().join("device.crt")).unwrap();

    let agent = Agent::prepare(AgentConfig { proof_port: Some(0), ..AgentConfig::new(platform.home()) }).await.unwrap();
    let mut status = agent.status();
    let running = tokio::spawn(agent.run(std::future::pending()));
    wait_for(&mut status, |status| status.reports > 0).await;
    assert!(enrolment(&platform.home()).unwrap().not_after > now().plus(Span::from_minutes(29 * 24 * 60)));
    assert_ne!(std::fs::read(platform.home().join("device.crt")).unwrap(), before);
    assert!(platform.acts().await.contains(&"device-renewed".to_owned()));
    running.abort();
}

#[tokio::test]
async fn an_agent_goes_on_after_the_server_was_away() {
    let platform = Platform::start().await;
    let front = platform.serve().await;
    let agent = platform.agent(&front).await;
    let address = front.address;
    drop(front);
    let mut status = agent.status();
    let running = tokio::spawn(agent.run(std::future::pending()));
    wait_for(&mut status, |status| status.problem.is_some()).await;
    let front = platform.serve().await;
    let forward = tokio::net::TcpListener::bind(address).await.unwrap();
    let relay = tokio::spawn(async move {
        loop {
            let (mut here, _) = forward.accept().await.unwrap();
            let mut there = tokio::net::TcpStream::connect(front.address).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut here, &mut there).await });
        }
    });
    assert_eq!(wait_for(&mut status, |status| status.reports > 0).await.problem, None);
    running.abort();
    relay.abort();
}

#[tokio::test]
async fn the_device_key_opens_tls_for_command_line_tools() {
    let platform = Platform::start().await;
    let front = platform.serve().await;
    assert!(client_config(&platform.home()).is_err(), "not enrolled yet");
    platform.agent(&front).await;
    let config = client_config(&platform.home()).unwrap();
    let stream = tokio::net::TcpStream::connect(front.address).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    let stream = connector.connect(HOST.try_into().unwrap(), stream).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request =
        axum::http::Request::get("/report").header("host", HOST).body(http_body_util::Empty::<bytes::Bytes>::new());
    assert_eq!(sender.send_request(request.unwrap()).await.unwrap().status(), 200);
}
