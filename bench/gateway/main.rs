//! The gateway's figures: `throughput`, `http2`, `latency` and `spent` beside nginx and others; `memory` of idle WebSockets; `cut`, the
//! time from a fact to the end of what is open; `cost`, what strangers' inputs cost beside what they cost their sender.
//!
//! Run them through the script `figure` beside this file, which builds the release binary first.

mod cost;
mod cut;
mod h2load;
mod http2;
mod latency;
mod memory;
mod nginx;
mod open;
mod origin;
mod peers;
mod process;
mod report;
mod spent;
mod stage;
mod throughput;
mod wrk;

use std::process::ExitCode;

use sekisho_e2e::Trouble;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let outcome = match (std::env::args().nth(1).as_deref(), runtime) {
        (_, Err(error)) => Err(Trouble::new(error.to_string())),
        (Some("throughput"), Ok(runtime)) => runtime.block_on(throughput::run()),
        (Some("http2"), Ok(runtime)) => runtime.block_on(http2::run()),
        (Some("latency"), Ok(runtime)) => runtime.block_on(latency::run()),
        (Some("memory"), Ok(runtime)) => runtime.block_on(memory::run()),
        (Some("origin"), Ok(runtime)) => runtime.block_on(origin::run()),
        (Some("cut"), Ok(runtime)) => runtime.block_on(cut::run()),
        (Some("spent"), Ok(runtime)) => runtime.block_on(spent::run()),
        (Some("stage"), Ok(runtime)) => runtime.block_on(spent::wait()),
        (Some("cost"), Ok(runtime)) => runtime.block_on(cost::run()),
        _ => Err(Trouble::new("which figure? `throughput`, `http2`, `latency`, `spent`, `memory`, `cut` or `cost`")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            report::line(&format!("bench: {trouble}"));
            ExitCode::FAILURE
        }
    }
}
