//! A process that is killed, or whose disk is full, loses nothing that it acknowledged.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod sample;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use sample::{act, check, decision, events, open};
use sekisho_ledger::{Filter, LedgerError};
use sekisho_model::Outcome;

const CHILD: &str = "SEKISHO_TEST_LEDGER_CHILD";

/// The child's part: appends from several tasks until it is killed, and tells each acknowledged index with its request.
#[tokio::test]
async fn child_appends_until_killed() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    let ledger = open(folder.as_ref());
    println!("ready {}", ledger.size());
    let tasks = (0..8).map(|task| {
        let ledger = ledger.clone();
        tokio::spawn(async move {
            for number in 0.. {
                let request = format!("{}-{task}-{number}", std::process::id());
                let Ok(index) = ledger.append(decision(&request, "aoi", Outcome::Permit)).await else { return };
                let line = format!("ack {index} {request}\n");
                std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                if ledger.access(events(20)).is_err() {
                    return;
                }
            }
        })
    });
    // Publication goes on all the time, so that some are killed in the middle of one.
    let publishing = ledger.clone();
    tokio::spawn(async move { while publishing.checkpoint().await.is_ok() {} });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let failed = matches!(ledger.append(act(0)).await, Err(LedgerError::Failed(_)));
    println!("failed {failed} {} {}", ledger.access(events(1)).is_err(), !ledger.is_sound());
}

fn child(folder: &std::path::Path, limit: &str) -> std::process::Child {
    // A process that ignores SIGXFSZ gets an error from a write beyond the limit: a full disk without a disk.
    let script = format!("trap '' XFSZ; {limit} exec \"$0\" --exact child_appends_until_killed --nocapture");
    Command::new("sh")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env(CHILD, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn acknowledged(text: &str) -> Vec<(u64, String)> {
    // The last line may be cut in the middle.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let lines = whole.lines().filter_map(|line| line.strip_prefix("ack "));
    lines
        .map(|line| line.split_once(' ').map(|(index, request)| (index.parse().unwrap(), request.to_owned())).unwrap())
        .collect()
}

#[tokio::test]
async fn kill_9_loses_nothing_acknowledged_and_the_ledger_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for round in 0..12_u32 {
        let mut child = child(folder.path(), "");
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        let (mut text, mut line) = (String::new(), String::new());
        // Killed after a number of answers that differs in each round, in the middle of whatever it does then.
        let mut acks = 0;
        while acks < 1 + round * 37 % 211 {
            line.clear();
            assert_ne!(reader.read_line(&mut line).unwrap(), 0, "the child ended: {text}");
            acks += u32::from(line.starts_with("ack "));
            text.push_str(&line);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        text.push_str(&String::from_utf8(rest).unwrap());
        all.extend(acknowledged(&text));

        let ledger = open(folder.path());
        for (index, request) in &all {
            let (found, decision) = ledger.find_decision(request).await.unwrap();
            assert_eq!((found, decision.request.as_str()), (*index, request.as_str()), "round {round}");
        }
        ledger.close().await;
        let report = check(folder.path());
        assert!(report.is_whole(), "round {round}: {:?}", report.findings);
        assert_eq!((report.unacknowledged_bytes, report.unsealed_bytes), (0, 0));
    }
    assert!(all.len() > 500, "{}", all.len());
}

#[tokio::test]
async fn a_full_disk_fails_what_is_appended_and_nothing_acknowledged_is_lost() {
    for limit in ["ulimit -f 40;", "ulimit -f 100;"] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = child(folder.path(), limit);
        let mut text = String::new();
        child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        assert!(child.wait().unwrap().success());
        assert!(text.contains("failed true true true"), "a failed ledger stays failed: {text}");
        let ledger = open(folder.path());
        let acknowledged = acknowledged(&text);
        assert!(!acknowledged.is_empty());
        for (index, request) in acknowledged {
            assert_eq!(ledger.find_decision(&request).await.unwrap().0, index);
        }
        assert!(ledger.append(act(0)).await.is_ok(), "with room again it goes on");
        assert!(!ledger.recent(1, Filter::default()).await.is_empty());
        ledger.close().await;
        let report = check(folder.path());
        assert!(report.is_whole(), "{:?}", report.findings);
    }
}
