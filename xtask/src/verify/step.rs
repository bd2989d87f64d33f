//! One step of the verification, and how a command is run.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::console;

/// A step that has run.
pub(super) struct Step {
    /// What it is called.
    pub(super) name: &'static str,
    /// Whether it passed, or why not.
    pub(super) outcome: Result<(), String>,
    took: Duration,
}

impl Step {
    /// Runs the step, printing its name and its time.
    pub(super) fn run(name: &'static str, body: impl FnOnce() -> Result<(), String>) -> Self {
        console::line(&format!("\n==> {name}"));
        let began = Instant::now();
        let outcome = body();
        let step = Self { name, outcome, took: began.elapsed() };
        console::line(&format!("<== {step}"));
        step
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64();
        match &self.outcome {
            Ok(()) => write!(f, "{:<16} ok      {seconds:>7.1} s", self.name),
            Err(why) => write!(f, "{:<16} FAILED  {seconds:>7.1} s  {why}", self.name),
        }
    }
}

/// Runs a command with this program's output.
pub(super) fn succeed(command: &mut Command) -> Result<(), String> {
    judge(command.status().map_err(|e| format!("{}: {e}", command.get_program().display()))?)
}

/// Runs a command, passing on of its standard output those lines that the reader wants shown.
pub(super) fn succeed_reading(command: &mut Command, mut read: impl FnMut(&str) -> bool) -> Result<(), String> {
    let wrong = |e: std::io::Error| format!("the command's output cannot be read: {e}");
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(wrong)?;
    let output = child.stdout.take().ok_or("the command has no output")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.map_err(wrong)?;
        let line = String::from_utf8_lossy(&line);
        if read(&line) {
            console::line(&line);
        }
    }
    judge(child.wait().map_err(wrong)?)
}

fn judge(status: ExitStatus) -> Result<(), String> {
    if status.success() { Ok(()) } else { Err(status.to_string()) }
}
