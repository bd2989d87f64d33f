//! The latency that is added at half of the maximum rate: HTTP/1.1 over TLS, 16 kept connections, beside nginx that only
//! forwards, both at the same rate.

use sekisho_e2e::Trouble;

use crate::h2load;
use crate::report::{line, quantile};
use crate::stage::{LOAD_CORE, Stage};

const ROUNDS: usize = 3;
const CLIENTS: f64 = 16.0;
/// The most that may be added at the 99th percentile, in milliseconds.
const MOST: f64 = 0.3;

/// Measures and prints.
pub(crate) async fn run() -> Result<(), Trouble> {
    let stage = Stage::set().await?;
    let whole = ["-t1", "-c16", "-m1", "-D3", "--warm-up-time=1", "--h1"];
    let most = h2load::rate(LOAD_CORE, &whole, stage.platform.port(), &stage.cookie).await?;
    let each = format!("--rps={:.0}", most / 2.0 / CLIENTS);
    let half = ["-t1", "-c16", "-m1", "-D5", "--h1", each.as_str()];
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let log = stage.folder.path().join("requests.log");
    for _ in 0..ROUNDS {
        ours.push(h2load::latency(LOAD_CORE, &half, stage.platform.port(), &stage.cookie, &log).await?);
        theirs.push(h2load::latency(LOAD_CORE, &half, stage.nginx.tls_port, "", &log).await?);
    }
    let (ours, theirs) = (quantile(&ours, 0.5), quantile(&theirs, 0.5));
    let added = ours - theirs;
    let verdict = if added <= MOST { "" } else { "  MISSED" };
    line(&format!(
        "p99 at {:.0} requests/s, half of the maximum: Sekisho {ours:.2} ms, nginx {theirs:.2} ms, added {added:.2} ms \
         (goal at most {MOST} ms){verdict}",
        most / 2.0
    ));
    stage.clear().await
}
