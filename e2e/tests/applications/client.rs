//! Client programs, run to their end.

use std::process::Stdio;
use std::time::Duration;

use sekisho_e2e::Trouble;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::scene::Way;

/// How long a client may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// What would say otherwise through which proxy, and with whose authority, hosts are reached.
const ENVIRONMENT: [&str; 12] = [
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "all_proxy",
    "https_proxy",
    "http_proxy",
    "no_proxy",
    "GIT_SSL_CAINFO",
    "GIT_SSL_NO_VERIFY",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
];

/// What a client program did.
#[derive(Debug)]
pub(crate) struct Done {
    /// Whether it says that it succeeded.
    pub(crate) success: bool,
    /// Everything that it printed.
    pub(crate) text: String,
}

impl Done {
    /// What it printed, when it succeeded.
    pub(crate) fn succeeded(self) -> Result<String, Trouble> {
        if self.success { Ok(self.text) } else { Err(Trouble::new(format!("a client failed: {}", self.text))) }
    }

    /// What it printed, when it failed.
    pub(crate) fn failed(self) -> Result<String, Trouble> {
        if self.success { Err(Trouble::new(format!("a client succeeded: {}", self.text))) } else { Ok(self.text) }
    }
}

/// Runs a client without input.
pub(crate) async fn run(command: Command) -> Result<Done, Trouble> {
    run_with_input(command, "").await
}

/// Runs a client with that input.
pub(crate) async fn run_with_input(mut command: Command, input: &str) -> Result<Done, Trouble> {
    command.env("LC_ALL", "C.UTF-8").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ENVIRONMENT {
        command.env_remove(name);
    }
    let what = format!("{command:?}");
    let mut process = command.kill_on_drop(true).spawn().map_err(Trouble::during(&what))?;
    let mut keyboard = process.stdin.take().ok_or_else(|| Trouble::new("a client has no input"))?;
    let running = async {
        // A client that does not read to the end of its input has its reasons.
        let _ = keyboard.write_all(input.as_bytes()).await;
        if input.is_empty() {
            drop(keyboard);
            return process.wait_with_output().await;
        }
        // A terminal that ends at once would end its program.
        let output = process.wait_with_output().await;
        drop(keyboard);
        output
    };
    let output = tokio::time::timeout(PATIENCE, running).await;
    let output = output.map_err(|_| Trouble::new(format!("{what} took too long")))?.map_err(Trouble::during(&what))?;
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Ok(Done { success: output.status.success(), text })
}

/// `curl` as somebody, with more arguments. It fails on statuses from 400 on, and prints what it got all the same.
pub(crate) fn curl(way: &Way, arguments: &[&str]) -> Command {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail-with-body", "--path-as-is", "--globoff", "--cacert"]);
    command.arg(&way.authority).args(["--proxy", &way.proxy]);
    if !way.cookie.is_empty() {
        command.arg("--header").arg(format!("Cookie: {}", way.cookie));
    }
    command.args(arguments);
    command
}

/// The status that `curl` is answered with, whatever it is.
pub(crate) async fn status(way: &Way, arguments: &[&str]) -> Result<String, Trouble> {
    // Over HTTP/2 curl before 8 loses an answer that comes before it has sent its body.
    let mut command = curl(way, &["--http1.1", "--output", "/dev/null", "--write-out", "%{http_code}"]);
    command.args(arguments);
    let said = run(command).await?.text;
    match said.get(..3) {
        Some(status) if status != "000" => Ok(status.to_owned()),
        _ => Err(Trouble::new(said)),
    }
}
