//! One round of wrk.

use std::path::Path;

use sekisho_e2e::Trouble;
use tokio::process::Command;

/// Requests in a second over 64 kept connections from one core, with that cookie. Any answer but success is an error.
pub(crate) async fn round(core: &str, seconds: u32, url: &str, cookie: &str, folder: &Path) -> Result<f64, Trouble> {
    // Host names under `localhost` are this machine; wrk asks the system's resolver, which may not know.
    let script = folder.join("wrk.lua");
    let text = "wrk.resolve = function(host, service) wrk.addrs = wrk.lookup('127.0.0.1', service) end\n";
    std::fs::write(&script, text).map_err(Trouble::during("wrk.lua"))?;
    let mut command = Command::new("taskset");
    command.args(["-c", core, "wrk", "-t1", "-c64", &format!("-d{seconds}s"), "-s"]).arg(&script);
    if !cookie.is_empty() {
        command.args(["-H", &format!("Cookie: {cookie}")]);
    }
    let output = command.arg(url).output().await.map_err(Trouble::during("taskset wrk"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let failed = text.lines().find(|line| line.contains("Non-2xx") || line.contains("Socket errors"));
    if let Some(failed) = failed {
        return Err(Trouble::new(format!("{url}: {}", failed.trim())));
    }
    let rate = text.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    let wrong = || Trouble::new(format!("wrk says: {text}{}", String::from_utf8_lossy(&output.stderr)));
    rate.and_then(|rate| rate.trim().parse().ok()).ok_or_else(wrong)
}
