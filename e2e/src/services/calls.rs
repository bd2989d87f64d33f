//! Programs of gRPC as people write them: Python with Debian's `python3-grpcio`, from `tests/grpc`.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::Trouble;

/// How long a line may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program that tells what it does, line by line. It is killed when dropped.
#[derive(Debug)]
pub struct Calls {
    _process: Child,
    input: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Calls {
    /// Starts a script with its arguments.
    pub fn start(script: &str, arguments: &[&str]) -> Result<Self, Trouble> {
        let script = format!("{}/tests/grpc/{script}", env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new("/usr/bin/python3");
        command.arg(&script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().map_err(Trouble::during(&script))?;
        let output = process.stdout.take().ok_or_else(|| Trouble::new(format!("{script} has no output")))?;
        Ok(Self { input: process.stdin.take(), lines: BufReader::new(output).lines(), _process: process })
    }

    /// The next line that it tells.
    pub async fn line(&mut self) -> Result<String, Trouble> {
        let line =
            timeout(PATIENCE, self.lines.next_line()).await.map_err(|_| Trouble::new("a program says nothing"))?;
        line.map_err(Trouble::during("a program"))?.ok_or_else(|| Trouble::new("a program ended"))
    }

    /// Ends its input: it is to come to its end.
    pub fn finish(&mut self) {
        self.input = None;
    }
}
