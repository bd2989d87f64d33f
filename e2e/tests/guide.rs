//! The guide tells commands and settings that exist.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use sekisho_e2e::platform::binary;

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
