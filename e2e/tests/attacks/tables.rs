//! The tables of bytes and of frames, each case followed by what must hold whatever its outcome.

use sekisho_attacks::{Case, Failure, Passed, Setting, cases};

use crate::ground::Ground;
use crate::record::{Happened, holds};

async fn run<C>(
    ground: Ground,
    class: &str,
    cases: Vec<C>,
    one: impl AsyncFn(&Setting, &C) -> Result<Passed, Box<Failure>>,
) {
    let (count, mut failures, mut happened) = (cases.len(), Vec::new(), Happened::default());
    for case in &cases {
        match one(&ground.setting, case).await {
            Ok(passed) => happened.add(passed),
            Err(failure) => failures.push(failure.to_string()),
        }
        if let Err(error) = ground.bystander.asks().await {
            failures.push(format!("I7 after a case of {class}: {error}"));
            break;
        }
    }
    failures.extend(holds(ground, &happened).await);
    println!("attacks {class}: {count} cases, {} failed", failures.len());
    assert!(failures.is_empty(), "{} of {count} failed:\n{}", failures.len(), failures.join("\n\n"));
}

async fn run_bytes(class: &str, cases: Vec<Case>) {
    run(Ground::start().await, class, cases, Setting::run).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_path_attacks() {
    run_bytes("PATH", cases::path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_host_attacks() {
    run_bytes("HOST", cases::host()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_smuggling_attacks() {
    run_bytes("SMUG", cases::smug()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i7_header_attacks() {
    run_bytes("HDR", cases::hdr()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i15_cookie_attacks() {
    run_bytes("COOK", cases::cook()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_http2_attacks() {
    let ground = Ground::start().await;
    let cases = cases::h2(&ground.setting.names());
    run(ground, "H2", cases, Setting::run_h2).await;
}
