//! Requests in a second over HTTP/2 with 100 streams on one connection, beside nginx that only forwards.

use sekisho_e2e::Trouble;

use crate::h2load;
use crate::report::{goal, line, quantile};
use crate::stage::{LOAD_CORE, Stage};

const ROUNDS: usize = 5;

/// Measures and prints.
pub(crate) async fn run() -> Result<(), Trouble> {
    let stage = Stage::set().await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let shape = ["-t1", "-c1", "-m100", "-D4", "--warm-up-time=1"];
        ours.push(h2load::rate(LOAD_CORE, &shape, stage.platform.port(), &stage.cookie).await?);
        theirs.push(h2load::rate(LOAD_CORE, &shape, stage.nginx.tls_port, "").await?);
    }
    let (ours, theirs) = (quantile(&ours, 0.5), quantile(&theirs, 0.5));
    line(&format!("HTTP/2, 100 streams: Sekisho {ours:.0} requests/s, nginx {theirs:.0} requests/s"));
    goal("Sekisho is", ours / theirs, 0.85);
    stage.clear().await
}
