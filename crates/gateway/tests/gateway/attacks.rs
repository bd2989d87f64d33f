//! The tables of attacks, with what must hold after every case.

use sekisho_attacks::{Case, Expected, Passed, cases};
use sekisho_model::Outcome;

use crate::platform::Platform;

async fn run(class: &str, cases: Vec<Case>) {
    let platform = Platform::start().await;
    let setting = platform.setting();
    let (count, mut failures) = (cases.len(), Vec::new());
    for case in cases {
        match setting.run(&case).await {
            Ok(passed) => failures.extend(recorded(&platform, &case, &passed).await.err()),
            Err(failure) => failures.push(failure.to_string()),
        }
    }
    println!("attacks {class}: {count} cases, {} failed", failures.len());
    assert!(failures.is_empty(), "{} of {count} failed:\n{}", failures.len(), failures.join("\n\n"));
}

/// Every request that the origin saw has exactly its own decision on the disk, and every denial by policy its own.
async fn recorded(platform: &Platform, case: &Case, passed: &Passed) -> Result<(), String> {
    for request in &passed.forwarded {
        let id = request.values("x-request-id").first().copied().unwrap_or_default().to_owned();
        let decision = platform.decision(&id).await.ok_or_else(|| format!("{}: no decision on {id}", case.id))?;
        let path = decision.path.clone().unwrap_or_default();
        let target = request.line.split(' ').nth(1).unwrap_or_default();
        let same = decision.outcome == Outcome::Permit
            && decision.subject.as_deref() == Some("alice")
            && request.line.starts_with(&format!("{} ", decision.method.as_deref().unwrap_or_default()))
            && target.split('?').next() == Some(path.as_str())
            && decision.host.as_deref()
                == request.values("host").first().map(|host| host.split(':').next().unwrap_or_default());
        if !same {
            return Err(format!("{}: {} was forwarded, {decision:?} was decided", case.id, request.line));
        }
    }
    let denied = passed.responses.iter().filter(|response| response.status == 403);
    for response in denied.filter(|_| matches!(case.expected, Expected::Denied | Expected::ThenDenied(_))) {
        let id = response.field("x-request-id").unwrap_or_default();
        if platform.decision(id).await.is_none_or(|decision| decision.outcome != Outcome::Deny) {
            return Err(format!("{}: the denial {id} is not recorded", case.id));
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_path_attacks() {
    run("PATH", cases::path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_host_attacks() {
    run("HOST", cases::host()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_smuggling_attacks() {
    run("SMUG", cases::smug()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i7_header_attacks() {
    run("HDR", cases::hdr()).await;
}
