//! The command line of the demonstration: help with examples, errors with status 64.
#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::process::{Command, Output};

fn demo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sekisho-demo")).args(arguments).output().expect("the program starts")
}

#[test]
fn help_has_an_example_and_json() {
    let output = demo(&["--help"]);
    let help = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && help.contains("sekisho-demo --check"), "{help}");
    assert!(help.contains("--json") && help.contains("Example"), "{help}");
}

#[test]
fn a_wrong_command_line_ends_with_64() {
    let output = demo(&["--chek", "--json"]);
    assert_eq!(output.status.code(), Some(64));
    let told: serde_json::Value = serde_json::from_slice(&output.stderr).expect("JSON");
    assert_eq!(told["exit_status"], 64, "{told}");
}
