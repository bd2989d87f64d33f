//! The gateway's figures: `throughput` beside nginx; `cut`, the time from a fact to the end of 1,000 WebSockets; `cost`, what
//! strangers' inputs cost beside what they cost their sender.
//!
//! Run them through the scripts of the same names beside this file, which build the release binary first.

mod cost;
mod cut;
mod nginx;
mod report;
mod throughput;
mod wrk;

use std::process::ExitCode;

use sekisho_e2e::Trouble;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let outcome = match (std::env::args().nth(1).as_deref(), runtime) {
        (_, Err(error)) => Err(Trouble::new(error.to_string())),
        (Some("throughput"), Ok(runtime)) => runtime.block_on(throughput::run()),
        (Some("cut"), Ok(runtime)) => runtime.block_on(cut::run()),
        (Some("cost"), Ok(runtime)) => runtime.block_on(cost::run()),
        _ => Err(Trouble::new("which figure? `throughput`, `cut` or `cost`")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            report::line(&format!("bench: {trouble}"));
            ExitCode::FAILURE
        }
    }
}
