//! The guide tells commands and settings that exist, and its examples do what it says.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use sekisho_e2e::origin::Origin;
use sekisho_e2e::platform::{Platform, binary};

fn guide() -> Vec<(PathBuf, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/guide");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    entries.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn every_command_and_option_of_the_guide_exists() {
    let mut commands = BTreeSet::new();
    for (path, text) in guide() {
        for (number, line) in text.lines().enumerate().filter(|(_, line)| line.starts_with("sekisho ")) {
            commands.insert((format!("{}:{}", path.display(), number + 1), line.to_owned()));
        }
    }
    assert!(commands.len() > 5, "{commands:?}");
    for (place, command) in commands {
        let words: Vec<&str> = command.split_whitespace().skip(1).collect();
        let nouns = [
            "up",
            "reload",
            "upgrade",
            "backup",
            "restore",
            "apply",
            "login",
            "logout",
            "connect",
            "restore-console",
            "settings",
            "whoami",
            "status",
            "resources",
            "completion",
            "man",
        ];
        let length = if words.first().is_some_and(|word| nouns.contains(word)) { 1 } else { 2 };
        let output = Command::new(binary().unwrap()).args(words.iter().take(length)).arg("--help").output().unwrap();
        assert!(output.status.success(), "{place}: {command}");
        let help = String::from_utf8(output.stdout).unwrap();
        for option in words.iter().filter(|word| word.starts_with("--")) {
            assert!(help.contains(option), "{place}: `{option}` is not an option of `{command}`");
        }
    }
}

#[test]
fn the_table_of_settings_is_complete() {
    let (_, text) = guide().into_iter().find(|(path, _)| path.ends_with("settings.md")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let told: BTreeSet<String> = rows.map(|(name, _)| name.to_owned()).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sekisho.toml");
    std::fs::write(&file, "data = \"d\"\ndomain = \"example.jp\"\nno_such_setting = 1\n").unwrap();
    let output = Command::new(binary().unwrap()).args(["up", "--check", "--config"]).arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    let said = String::from_utf8(output.stderr).unwrap();
    let known = said.split("expected one of").nth(1).unwrap().split('`').skip(1).step_by(2);
    assert_eq!(told, known.map(str::to_owned).collect(), "{said}");
}

/// The blocks of code in that language on a page, in order.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let (_, text) = guide().into_iter().find(|(path, _)| path.ends_with(page)).unwrap();
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_quick_start_lets_the_first_person_in_and_denies_the_second() {
    let (origin, platform) = (Origin::serve(&[("/", "the wiki")]).await.unwrap(), Platform::start(1).await.unwrap());
    let upstream = format!("127.0.0.1:{}", origin.port());
    let organisation = blocks("quick-start.md", "toml").remove(1);
    let organisation = organisation.replace("example.jp", "localhost").replace("10.0.0.12:8080", &upstream);
    let policy = blocks("quick-start.md", "cedar").remove(0);
    platform.apply(&[("organisation.toml", &organisation), ("wiki.cedar", &policy)]).await.unwrap();
    let mut alice = platform.signed_in("alice").await.unwrap();
    let mut bob = platform.signed_in("bob").await.unwrap();
    let answer = alice.open("wiki.localhost", "/").await.unwrap().expect(200).unwrap();
    assert!(answer.body.contains("the wiki"), "{}", answer.body);
    let denial = bob.open("wiki.localhost", "/").await.unwrap().expect(403).unwrap();
    let shown = platform.command(&["decision", "show", denial.header("x-request-id")]).await.unwrap().to_string();
    assert!(shown.contains("\"deny\"") && shown.contains("\"bob\""), "{shown}");
    // The end of the walk: without her group, the first person is denied too, and with it she is in again.
    let without = organisation.replace("groups = [\"staff\"]", "groups = []");
    assert_ne!(without, organisation);
    for (documents, status) in [(&without, 403), (&organisation, 200)] {
        platform.apply(&[("organisation.toml", documents), ("wiki.cedar", &policy)]).await.unwrap();
        alice.open("wiki.localhost", "/").await.unwrap().expect(status).unwrap();
    }
}

#[tokio::test]
async fn the_examples_of_other_proxies_are_valid_documents() {
    let platform = Platform::start(1).await.unwrap();
    let page = "from-your-present-proxy.md";
    let examples: Vec<_> = blocks(page, "toml").into_iter().zip(blocks(page, "cedar")).collect();
    assert_eq!(examples.len(), 3, "{examples:?}");
    for (documents, policy) in examples {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("organisation.toml"), &documents).unwrap();
        std::fs::write(folder.path().join("application.cedar"), &policy).unwrap();
        let check = Command::new(binary().unwrap()).args(["policy", "check", "--strict"]).arg(folder.path()).output();
        let check = check.unwrap();
        assert!(check.status.success(), "{policy}: {}", String::from_utf8_lossy(&check.stderr));
        let documents = documents.replace("example.jp", "localhost");
        platform.apply(&[("organisation.toml", &documents), ("application.cedar", &policy)]).await.unwrap();
    }
}
