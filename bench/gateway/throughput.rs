//! Requests in a second over HTTP/1.1, with full decision and ledger, beside nginx that only forwards, and beside what people
//! use today when every request must be authorised.
//!
//! The proxy has one core; wrk, the upstream and the peers' authoriser have the other. Rounds alternate, and ratios are of
//! medians.

use sekisho_e2e::Trouble;
use sekisho_e2e::peer::Program;

use crate::nginx::Nginx;
use crate::peers::Peer;
use crate::report::{goal, line, quantile};
use crate::stage::{LOAD_CORE, PROXY_CORE, Stage};
use crate::wrk;

const ROUNDS: usize = 5;
const SECONDS: u32 = 4;

/// What is measured: a name, its address, and how many times its rate ours must be.
struct Target {
    name: &'static str,
    url: String,
    at_least: f64,
}

/// Measures and prints.
pub(crate) async fn run() -> Result<(), Trouble> {
    let stage = Stage::set().await?;
    let stub = Nginx::stub(LOAD_CORE).await?;
    let mut targets = vec![
        Target { name: "nginx, plain, HTTP", url: stage.nginx_plain(), at_least: 0.85 },
        Target { name: "nginx, plain, TLS 1.3", url: stage.nginx_tls(), at_least: 0.85 },
    ];
    let asking = [
        ("nginx + auth_request", Program::Nginx, 1.3),
        ("Envoy + ext_authz", Program::Envoy, 2.0),
        ("Traefik + forwardAuth", Program::Traefik, 7.0),
        ("Caddy + forward_auth", Program::Caddy, 6.0),
    ];
    let mut peers = Vec::new();
    for (name, program, at_least) in asking {
        let peer = Peer::start(program, PROXY_CORE, stage.upstream.port, stub.port).await?;
        targets.push(Target { name, url: peer.url(), at_least });
        peers.push(peer);
    }
    let mut ours = Vec::new();
    let mut rates = vec![Vec::new(); targets.len()];
    for round in 1..=ROUNDS {
        line(&format!("round {round} of {ROUNDS}"));
        let folder = stage.folder.path();
        ours.push(wrk::round(LOAD_CORE, SECONDS, &stage.ours(), &stage.cookie, folder).await?);
        for (target, rates) in targets.iter().zip(&mut rates) {
            rates.push(wrk::round(LOAD_CORE, SECONDS, &target.url, "", folder).await?);
        }
    }
    let our_rate = quantile(&ours, 0.5);
    line(&format!("Sekisho, TLS 1.3, decision and ledger: {our_rate:.0} requests/s"));
    for (target, rates) in targets.iter().zip(&rates) {
        let rate = quantile(rates, 0.5);
        goal(&format!("{}: {rate:.0} requests/s; Sekisho is", target.name), our_rate / rate, target.at_least);
    }
    stub.stop().await?;
    stage.clear().await
}
