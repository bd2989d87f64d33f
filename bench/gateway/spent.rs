//! Processor time for a request, in the proxy's own code and in the kernel, beside nginx that only forwards. Where other work
//! takes the machine's time, this figure stays, while requests in a second fall.

use sekisho_e2e::Trouble;
use tokio::io::AsyncReadExt as _;

use crate::h2load;
use crate::nginx::Nginx;
use crate::process::{Spent, spent, worker};
use crate::report::{line, quantile};
use crate::stage::{LOAD_CORE, Stage};

const ROUNDS: usize = 3;
const REQUESTS: u32 = 60_000;

/// HTTP/1.1 over 64 kept connections.
const HTTP1: [&str; 4] = ["-t1", "-c64", "-m1", "--h1"];
/// HTTP/2 with 100 streams on one connection.
const HTTP2: [&str; 3] = ["-t1", "-c1", "-m100"];

/// What is measured.
struct Target<'a> {
    name: &'static str,
    scheme: &'static str,
    port: u16,
    shape: &'static [&'static str],
    cookie: &'a str,
    process: u32,
    rounds: Vec<Spent>,
}

/// Measures and prints.
pub(crate) async fn run() -> Result<(), Trouble> {
    let stage = Stage::set().await?;
    let ours = stage.platform.process().ok_or_else(|| Trouble::new("the platform has ended"))?;
    let theirs = stage.nginx.process().ok_or_else(|| Trouble::new("nginx has ended")).and_then(worker)?;
    let target = |name, scheme, port, shape, cookie, process| Target {
        name,
        scheme,
        port,
        shape,
        cookie,
        process,
        rounds: Vec::new(),
    };
    let (port, cookie, Nginx { port: plain, tls_port, .. }) =
        (stage.platform.port(), stage.cookie.as_str(), &stage.nginx);
    let mut targets = [
        target("Sekisho, HTTP/1.1, TLS", "https", port, &HTTP1, cookie, ours),
        target("nginx,   HTTP/1.1, TLS", "https", *tls_port, &HTTP1, "", theirs),
        target("nginx,   HTTP/1.1, plain", "http", *plain, &HTTP1, "", theirs),
        target("Sekisho, HTTP/2, 100 streams", "https", port, &HTTP2, cookie, ours),
        target("nginx,   HTTP/2, 100 streams", "https", *tls_port, &HTTP2, "", theirs),
    ];
    for _ in 0..ROUNDS {
        for target in &mut targets {
            let before = spent(Some(target.process))?;
            h2load::times(LOAD_CORE, target.shape, target.scheme, target.port, target.cookie, REQUESTS).await?;
            target.rounds.push(spent(Some(target.process))?.since(before, f64::from(REQUESTS)));
        }
    }
    line("microseconds for a request         user  kernel     all");
    for Target { name, rounds, .. } in &targets {
        let median = |of: fn(Spent) -> f64| quantile(&rounds.iter().map(|round| of(*round)).collect::<Vec<_>>(), 0.5);
        let (user, system, all) = (median(|round| round.user), median(|round| round.system), median(Spent::all));
        line(&format!("{name:<32} {user:>6.1}  {system:>6.1}  {all:>6.1}"));
    }
    stage.clear().await
}

/// Sets the stage and keeps it until standard input ends, for tools that look at a running process.
pub(crate) async fn wait() -> Result<(), Trouble> {
    let stage = Stage::set().await?;
    line(&format!("process {}", stage.platform.process().unwrap_or_default()));
    line(&format!("url {}", stage.ours()));
    line(&format!("cookie {}", stage.cookie));
    let nginx = stage.nginx.process().map(worker).transpose()?.unwrap_or_default();
    line(&format!("nginx process {nginx} url {} plain {}", stage.nginx_tls(), stage.nginx_plain()));
    // The owner of the stage closes its input.
    let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
    stage.clear().await
}
