//! DOS-30: slowhttptest in its four modes against the built binary. The signed-in bystander must not see a single error; how
//! fast the answers are is for the benchmark.

use std::process::Stdio;

use tokio::process::Command;

use crate::ground::{APP, Ground};
use crate::record::{Happened, holds};

/// Slow heads, slow bodies, ranges without end, slow reading.
const MODES: [(&str, &[&str]); 4] = [
    ("-H", &["-i", "2", "-x", "24"]),
    ("-B", &["-i", "2", "-x", "10", "-s", "8192"]),
    ("-R", &["-a", "10", "-b", "3000"]),
    ("-X", &["-w", "10", "-y", "20", "-n", "2", "-z", "10", "-k", "3"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slowhttptest_disturbs_no_bystander() {
    let ground = Ground::quietly().await;
    let mut failures = Vec::new();
    for (mode, arguments) in MODES {
        let work = ground.bystander.work();
        let url = format!("https://{APP}:{}/slow", ground.platform.port());
        let mut command = Command::new("slowhttptest");
        command.args([mode, "-c", "500", "-r", "100", "-l", "10", "-p", "3", "-u", &url]).args(arguments);
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
        let output = output.expect("slowhttptest, which `cargo verify` installs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !said.contains("initializing") && !said.contains("connected") {
            failures.push(format!("slowhttptest {mode} did not run: {said}"));
        }
        match work.ends_well().await {
            Ok(worked) => println!(
                "slowhttptest {mode}: {} answers for the bystander, no error, longest {:?}",
                worked.answers, worked.longest
            ),
            Err(error) => failures.push(format!("slowhttptest {mode}: {error}")),
        }
    }
    failures.extend(holds(ground, &Happened::default()).await);
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
