//! Requests in a second through the gateway, with full decision and ledger, beside nginx that only forwards.
//!
//! The proxy has one core; wrk and the upstream have the other. Rounds alternate, and ratios are of medians.

use sekisho_e2e::Trouble;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::OPEN;

use crate::nginx::Nginx;
use crate::report::{line, quantile};
use crate::wrk;

const ROUNDS: usize = 5;
const SECONDS: u32 = 6;
const PROXY_CORE: &str = "0";
const LOAD_CORE: &str = "1";

/// Measures and prints.
pub(crate) async fn run() -> Result<(), Trouble> {
    let folder = tempfile::tempdir().map_err(Trouble::during("a folder"))?;
    let upstream = Nginx::upstream(LOAD_CORE).await?;
    let nginx = Nginx::proxy(PROXY_CORE, upstream.port).await?;
    let platform = Platform::start_under(1, &["taskset", "-c", PROXY_CORE]).await?;
    let mut person = platform.example(upstream.port).await?;
    person.open(OPEN, "/").await?.expect(200)?;
    let cookie = person.cookie(OPEN);
    let targets = [
        ("nginx, HTTP", format!("http://{OPEN}:{}/", nginx.port), ""),
        ("nginx, TLS 1.3", format!("https://{OPEN}:{}/", nginx.tls_port), ""),
        ("Sekisho, TLS 1.3", format!("https://{OPEN}:{}/", platform.port()), cookie.as_str()),
    ];
    line(&format!("{:>6}  {:>16}  {:>16}  {:>16}", "round", targets[0].0, targets[1].0, targets[2].0));
    let mut rates = [const { Vec::new() }; 3];
    for round in 1..=ROUNDS {
        for ((_, url, cookie), rates) in targets.iter().zip(&mut rates) {
            rates.push(wrk::round(LOAD_CORE, SECONDS, url, cookie, folder.path()).await?);
        }
        let last = |of: usize| rates.get(of).and_then(|r| r.last()).copied().unwrap_or_default();
        line(&format!("{round:>6}  {:>16.0}  {:>16.0}  {:>16.0}", last(0), last(1), last(2)));
    }
    let [plain, tls, ours] = rates.each_ref().map(|rates| quantile(rates, 0.5));
    line(&format!("median  {plain:>16.0}  {tls:>16.0}  {ours:>16.0}  requests/s, 64 kept connections, 1 KB, one core"));
    line(&format!("Sekisho is {:.2} x nginx with TLS and {:.2} x nginx without", ours / tls, ours / plain));
    nginx.stop().await?;
    upstream.stop().await
}
