//! What is suggested for a word that is no command: never a command or an option that takes something away or gives it back.

use clap::error::{ContextKind, ContextValue, Error};

/// The commands and options that end, remove, replace or give back something. Somebody who mistyped another word must not be led to them.
const CONSEQUENTIAL: [&str; 28] = [
    "accept",
    "accept-rollback",
    "apply",
    "approve",
    "credentials",
    "disable",
    "enable",
    "end",
    "hand-over",
    "inventory",
    "logout",
    "refuse",
    "release",
    "reload",
    "remove",
    "reset",
    "restore",
    "restore-console",
    "revoke",
    "secret",
    "set",
    "set-secret",
    "undo",
    "unlink",
    "upgrade",
    "withdraw",
    "--expose",
    "--prune",
];

/// The error without the suggestions that have such consequences.
pub(super) fn harmless(mut error: Error) -> Error {
    for kind in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg] {
        let left = match error.remove(kind) {
            Some(ContextValue::String(one)) if !has_consequences(&one) => ContextValue::String(one),
            Some(ContextValue::Strings(several)) => {
                let left: Vec<String> = several.into_iter().filter(|one| !has_consequences(one)).collect();
                if left.is_empty() {
                    continue;
                }
                ContextValue::Strings(left)
            }
            _ => continue,
        };
        error.insert(kind, left);
    }
    error
}

fn has_consequences(suggested: &str) -> bool {
    // An option is suggested with its value.
    let word = suggested.split([' ', '=']).next().unwrap_or_default();
    CONSEQUENTIAL.contains(&word)
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;
    use clap::{Command, CommandFactory as _, Parser as _};

    use super::super::CommandLine;
    use super::*;

    /// The commands that only look, or make what nobody has yet.
    const HARMLESS: [&str; 60] = [
        "access-request",
        "act",
        "agent",
        "api-document",
        "ask",
        "backup",
        "certificate",
        "check",
        "classification",
        "clock",
        "completion",
        "connect",
        "decision",
        "detection",
        "device",
        "directory",
        "enforcement-point",
        "enroll",
        "event",
        "facts",
        "governance",
        "group",
        "identity-provider",
        "labels",
        "ledger",
        "link",
        "links",
        "list",
        "login",
        "make",
        "man",
        "name",
        "open",
        "operations",
        "oscal",
        "playbook",
        "policy",
        "prove",
        "read",
        "refused",
        "resource",
        "resources",
        "response",
        "run",
        "scan",
        "session",
        "settings",
        "show",
        "sources",
        "status",
        "threat",
        "token",
        "tokens",
        "up",
        "user",
        "verify",
        "vulnerability",
        "what-if",
        "whoami",
        "workload",
    ];

    fn said(words: &[String]) -> String {
        let words = std::iter::once("sekisho".to_owned()).chain(words.iter().cloned());
        harmless(CommandLine::try_parse_from(words).expect_err("no such command")).to_string()
    }

    /// Every command, as the words that lead to it.
    fn commands(of: &Command, words: &[String], all: &mut Vec<Vec<String>>) {
        for below in of.get_subcommands() {
            let words: Vec<String> = words.iter().cloned().chain([below.get_name().to_owned()]).collect();
            all.push(words.clone());
            commands(below, &words, all);
        }
    }

    fn all() -> Vec<Vec<String>> {
        let mut all = Vec::new();
        commands(&CommandLine::command(), &[], &mut all);
        all
    }

    #[test]
    fn every_command_is_known_as_harmless_or_not() {
        for words in all() {
            let name = words.last().map(String::as_str).unwrap_or_default();
            let known = (HARMLESS.contains(&name), CONSEQUENTIAL.contains(&name));
            assert!(known.0 != known.1, "`{name}` belongs into exactly one of both lists");
        }
    }

    #[test]
    fn a_mistyped_word_leads_to_the_nearest_command_and_never_to_one_with_consequences() {
        let (mut led, mut kept_back) = (0, 0);
        for mut words in all() {
            let name = words.pop().unwrap_or_default();
            let letters: Vec<char> = name.chars().collect();
            for at in 0..letters.len() {
                let mut mistyped = letters.clone();
                mistyped.remove(at);
                words.push(mistyped.into_iter().collect());
                if CommandLine::try_parse_from(std::iter::once("sekisho".to_owned()).chain(words.clone()))
                    .is_err_and(|error| error.kind() == ErrorKind::InvalidSubcommand)
                {
                    let said = said(&words);
                    let tip = said.lines().find(|line| line.contains("tip:")).unwrap_or_default();
                    assert!(CONSEQUENTIAL.iter().all(|word| !tip.contains(&format!("'{word}'"))), "{words:?}: {said}");
                    led += usize::from(tip.contains(&format!("'{name}'")));
                    kept_back += usize::from(tip.is_empty() && CONSEQUENTIAL.contains(&name.as_str()));
                }
                words.pop();
            }
        }
        assert!(led > 100 && kept_back > 20, "{led} {kept_back}");
    }

    #[test]
    fn options_with_consequences_are_not_suggested_either() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert!(!said(&words("apply . --prun")).contains("'--prune'"));
        assert!(said(&words("apply . --pla")).contains("'--plan'"));
    }
}
