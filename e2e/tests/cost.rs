//! The promise of the threat model: no input of somebody who is not signed in costs the platform more than ten times the processor
//! time that it costs its sender. Processor time of both processes, so that a busy machine makes no difference; this program is the
//! sender, and therefore has no other test. `bench/gateway/figure cost` prints the figures of optimised builds on both sides.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sekisho_attacks::h2::{Peer, field, frame};
use sekisho_attacks::{Client, trusting};
use sekisho_e2e::origin::Origin;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::OPEN;

const PORTAL: &str = "portal.localhost";
const PROMISED: f64 = 10.0;
/// What Linux counts processor time in, for programs: a hundredth of a second.
const TICKS: f64 = 100.0;

/// Whoever sends.
struct Sender {
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    tls_h2: Arc<ClientConfig>,
}

#[tokio::test]
async fn no_stranger_costs_ten_times_what_it_costs_them() {
    let (origin, platform) = (Origin::serve(&[("/", "open")]).await.unwrap(), Platform::start(1).await.unwrap());
    platform.example(origin.port()).await.unwrap();
    let authority = CertificateDer::from_pem_file(platform.authority()).unwrap();
    let tls = |protocol: &[u8]| trusting(&authority, &[protocol]).unwrap();
    let address = ([127, 0, 0, 1], platform.port()).into();
    let sender = Sender { address, tls: tls(b"http/1.1"), tls_h2: tls(b"h2") };
    let process = platform.process().unwrap();
    let anonymous = format!("GET / HTTP/1.1\r\nHost: {OPEN}\r\n\r\n");
    let page = format!("GET /sign-in HTTP/1.1\r\nHost: {PORTAL}:{}\r\nAccept: text/html\r\n\r\n", platform.port());
    let mut ratios = Vec::new();
    for kind in
        ["handshakes", "malformed heads", "anonymous requests", "sign-in pages", "streams", "reset streams", "pings"]
    {
        let (server, own) = (spent(process), spent(std::process::id()));
        match kind {
            "handshakes" => sender.asks(OPEN, b"", 300, false).await,
            "malformed heads" => sender.asks(OPEN, b"GET /\0 HTTP/1.1\r\n\r\n", 300, false).await,
            "anonymous requests" => sender.asks(OPEN, anonymous.as_bytes(), 3_000, true).await,
            "sign-in pages" => sender.asks(PORTAL, page.as_bytes(), 900, true).await,
            "streams" => sender.streams(false).await,
            "reset streams" => sender.streams(true).await,
            _ => sender.pings().await,
        }
        let (server, own) = (spent(process) - server, spent(std::process::id()) - own);
        println!("{kind}: server {:.0} ms, sender {:.0} ms, ratio {:.1}", server * 1e3, own * 1e3, server / own);
        ratios.push((kind, server / own));
    }
    let broken: Vec<_> = ratios.iter().filter(|(_, ratio)| *ratio > PROMISED).collect();
    assert!(broken.is_empty(), "the promise is {PROMISED}: {broken:?}");
}

impl Sender {
    /// Handshakes, each with a request; or one handshake for all of them.
    async fn asks(&self, host: &str, bytes: &[u8], times: usize, kept: bool) {
        let mut client = Client::connect(self.address, self.tls.clone(), host).await.unwrap();
        for _ in 0..times {
            if !kept {
                client = Client::connect(self.address, self.tls.clone(), host).await.unwrap();
            }
            if !bytes.is_empty() {
                client.send(bytes).await.unwrap();
                assert!(client.response("GET").await.unwrap().is_some());
            }
        }
    }

    /// Anonymous requests over HTTP/2, which their sender waits for or takes back.
    async fn streams(&self, reset: bool) {
        let each = 50;
        for _ in 0..60 {
            let mut peer = Peer::begin(self.address, self.tls_h2.clone(), OPEN).await.unwrap();
            for number in 0..each {
                let stream = 2 * number + 1;
                let fields = [
                    field(":method", "GET"),
                    field(":scheme", "https"),
                    field(":authority", OPEN),
                    field(":path", "/"),
                ];
                let head = frame(1, 5, stream, fields.concat());
                let back = if reset { frame(3, 0, stream, [0, 0, 0, 8]) } else { Vec::new() };
                peer.send(&[head, back].concat()).await;
            }
            let last = usize::try_from(each).unwrap();
            // A ping's answer comes behind everything that was worked on before it.
            peer.send(&frame(6, 0, 0, [1; 8])).await;
            peer.until(|seen| seen.statuses.len() == last || (reset && !seen.pongs.is_empty())).await;
            // Whoever takes back so many may have been sent away.
            assert!(reset || peer.seen.statuses.len() == last, "{:?}", peer.seen);
        }
    }

    async fn pings(&self) {
        for _ in 0..30 {
            let mut peer = Peer::begin(self.address, self.tls_h2.clone(), OPEN).await.unwrap();
            for number in 0..80 {
                peer.send(&frame(6, 0, 0, [number; 8])).await;
                assert!(peer.until(|seen| seen.pongs.len() > usize::from(number)).await);
            }
        }
    }
}

/// Processor time that a process has spent, in seconds: of all its threads, those that have ended as well.
fn spent(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // Behind the name, which is in parentheses: the 12th and 13th field are user and system time in ticks.
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    let ticks: f64 = fields.get(11..13).unwrap().iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    ticks / TICKS
}
