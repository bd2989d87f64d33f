//! DOS: an application that never comes to its answer: it sends interim responses (1xx) for as long as they are read. Whoever asks
//! it gets an error soon, and people at other applications are served.

use std::net::Ipv4Addr;
use std::time::Duration;

use sekisho_attacks::h2::{field, frame};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::ground::Ground;
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, Scenario, conclude, run};

/// An upstream may be silent for a minute: this one is not silent.
const SOON: Duration = Duration::from_secs(30);
const EARLY: &[u8] = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new("DOS-33a", |ground| Box::pin(hints_without_end(ground, "dos-33a", "http1", ""))),
        Scenario::new("DOS-33b", |ground| Box::pin(hints_without_end(ground, "dos-33b", "http2", ""))),
        // With its own health checks besides, which nobody asks for.
        Scenario::new("DOS-33c", |ground| Box::pin(hints_without_end(ground, "dos-33c", "http1", HEALTH))),
        Scenario::new("DOS-33d", |ground| Box::pin(hints_without_end(ground, "dos-33d", "http2", HEALTH))),
    ]
}

const HEALTH: &str = "[resource.upstream.health]\npath = \"/healthz\"\nevery_seconds = 1\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_that_never_answers_disturbs_nobody() {
    let ground = Ground::quietly().await;
    let scenarios = scenarios();
    let before = ground.resident();
    let mut failures = run(&ground.bystander, &ground, &scenarios, 1).await;
    let grown = ground.resident().saturating_sub(before) / 1024;
    if grown > 64 {
        failures.push(format!("I7: the process grew by {grown} MiB"));
    }
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("DOS (forewords)", scenarios.len(), &failures);
}

async fn hints_without_end(ground: &Ground, name: &str, protocol: &str, health: &str) -> Outcome {
    let text = |error: std::io::Error| error.to_string();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(text)?;
    let upstream = format!(
        "[[resource]]\nid = \"{name}\"\nname = {{ en = \"{name}\" }}\nhost = \"{name}.localhost\"\nsensitivity = 1\n\
         categories = [\"open\"]\n[resource.upstream]\naddresses = [\"{}\"]\nprotocol = \"{protocol}\"\n",
        listener.local_addr().map_err(text)?
    );
    let serving = tokio::spawn(speak(listener, protocol == "http2"));
    let outcome = asks(ground, name, &format!("{upstream}{health}")).await;
    serving.abort();
    // Nobody checks it any more.
    ground.platform.apply(&[("rude.toml", &upstream)]).await.map_err(|trouble| trouble.to_string())?;
    outcome
}

async fn asks(ground: &Ground, name: &str, document: &str) -> Outcome {
    let mut person = ground.somebody(name).await;
    ground.platform.apply(&[("rude.toml", document)]).await.map_err(|trouble| trouble.to_string())?;
    let (host, connector) = (format!("{name}.localhost"), ground.platform.connector());
    let connector = connector.map_err(|trouble| trouble.to_string())?;
    // The certificate for the new host comes a moment later.
    let served = async { while connector.connect(&host).await.is_err() {} };
    tokio::time::timeout(SOON, served).await.map_err(|_| "no certificate")?;
    let asked = tokio::time::timeout(SOON, person.open(&host, "/")).await;
    let answer = asked.map_err(|_| format!("no answer within {SOON:?}"))?.map_err(|trouble| trouble.to_string())?;
    if answer.status == 502 { Ok(()) } else { Err(format!("{} in place of 502", answer.status)) }
}

/// Waits for a request on each connection, and then says the same again and again.
async fn speak(listener: TcpListener, http2: bool) {
    let hint = if http2 { frame(1, 4, 1, field(":status", "103")) } else { EARLY.to_vec() };
    let (start, much) = (if http2 { frame(4, 0, 0, []) } else { Vec::new() }, hint.repeat(1000));
    while let Ok((mut stream, _)) = listener.accept().await {
        let (start, much) = (start.clone(), much.clone());
        tokio::spawn(async move {
            let (mut seen, mut part) = (Vec::new(), [0; 4096]);
            let _ = stream.write_all(&start).await;
            while !(if http2 { has_header_block(&seen) } else { seen.ends_with(b"\r\n\r\n") }) {
                match stream.read(&mut part).await {
                    Ok(read) if read > 0 => seen.extend(part.iter().take(read)),
                    _ => return,
                }
            }
            while stream.write_all(&much).await.is_ok() {}
        });
    }
}

/// Whether a HEADERS frame has begun behind the preface.
fn has_header_block(seen: &[u8]) -> bool {
    let mut rest = seen.get(24..).unwrap_or_default();
    while let [a, b, c, kind, ..] = *rest {
        if kind == 1 {
            return true;
        }
        let length = u32::from_be_bytes([0, a, b, c]);
        rest = rest.get(9 + usize::try_from(length).unwrap_or(usize::MAX - 9)..).unwrap_or_default();
    }
    false
}
