//! h2load: requests in a second, and latencies at a fixed rate.

use std::path::Path;

use sekisho_e2e::Trouble;
use sekisho_e2e::platform::example::OPEN;
use tokio::process::Command;

use crate::report::quantile;

/// Requests in a second. Any answer but success is an error.
pub(crate) async fn rate(core: &str, shape: &[&str], port: u16, cookie: &str) -> Result<f64, Trouble> {
    let text = run(core, shape, "https", port, cookie, None).await?;
    let rate = text.lines().find_map(|line| line.strip_prefix("finished in")?.split(", ").nth(1)?.split(' ').next());
    rate.and_then(|rate| rate.parse().ok()).ok_or_else(|| Trouble::new(format!("h2load says: {text}")))
}

/// That many requests. Any answer but success is an error.
pub(crate) async fn times(
    core: &str,
    shape: &[&str],
    scheme: &str,
    port: u16,
    cookie: &str,
    count: u32,
) -> Result<(), Trouble> {
    let count = format!("-n{count}");
    let shape = [shape, &[count.as_str()]].concat();
    run(core, &shape, scheme, port, cookie, None).await.map(drop)
}

/// The 99th percentile of the latencies, in milliseconds.
pub(crate) async fn latency(core: &str, shape: &[&str], port: u16, cookie: &str, log: &Path) -> Result<f64, Trouble> {
    // It adds to a file that is there.
    let _ = std::fs::remove_file(log);
    run(core, shape, "https", port, cookie, Some(log)).await?;
    let text = std::fs::read_to_string(log).map_err(Trouble::during(log.display()))?;
    let micros = text.lines().filter_map(|line| line.split('\t').nth(2)?.parse::<f64>().ok());
    let millis: Vec<f64> = micros.map(|micros| micros / 1000.0).collect();
    if millis.is_empty() {
        return Err(Trouble::new("h2load logged no request"));
    }
    Ok(quantile(&millis, 0.99))
}

async fn run(
    core: &str,
    shape: &[&str],
    scheme: &str,
    port: u16,
    cookie: &str,
    log: Option<&Path>,
) -> Result<String, Trouble> {
    let mut command = Command::new("taskset");
    command.args(["-c", core, "h2load"]).args(shape).arg(format!("--connect-to=127.0.0.1:{port}"));
    if !cookie.is_empty() {
        command.args(["-H", &format!("cookie: {cookie}")]);
    }
    if let Some(log) = log {
        command.arg(format!("--log-file={}", log.display()));
    }
    command.arg(format!("{scheme}://{OPEN}:{port}/"));
    let output = command.output().await.map_err(Trouble::during("taskset h2load"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let good = text.lines().any(|line| line.starts_with("status codes:") && line.contains(" 0 3xx, 0 4xx, 0 5xx"));
    let whole = text.lines().any(|line| line.starts_with("requests:") && line.contains(" 0 failed, 0 errored"));
    if good && whole { Ok(text) } else { Err(Trouble::new(format!("h2load says: {text}"))) }
}
