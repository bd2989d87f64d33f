//! Running a command for a fact: bounded in time and output, with a plain environment.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// The most bytes of output that are read.
const MAX_OUTPUT: u64 = 4 * 1024 * 1024;

/// What a command that succeeded wrote, standard output first and then standard error. `None` when it could not be started,
/// took too long, wrote too much or failed.
pub(super) async fn output(program: &str, arguments: &[&str], limit: Duration) -> Option<(String, String)> {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("LC_ALL", "C").env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    // Settings of the desktop are read over the session's own bus.
    for name in ["HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let whole = async {
        let mut child = command.spawn().ok()?;
        let mut out = child.stdout.take()?.take(MAX_OUTPUT + 1);
        let mut err = child.stderr.take()?.take(MAX_OUTPUT + 1);
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let (first, second) = tokio::join!(out.read_to_end(&mut stdout), err.read_to_end(&mut stderr));
        let too_much = |bytes: &Vec<u8>| u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_OUTPUT);
        if first.is_err() || second.is_err() || too_much(&stdout) || too_much(&stderr) {
            return None;
        }
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        child.wait().await.ok().filter(std::process::ExitStatus::success).map(|_| (text(&stdout), text(&stderr)))
    };
    tokio::time::timeout(limit, whole).await.ok()?
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn a_command_is_bounded() {
        assert_eq!(output("echo", &["hello"], LONG).await, Some(("hello\n".to_owned(), String::new())));
        assert_eq!(output("false", &[], LONG).await, None);
        assert_eq!(output("no-such-program-here", &[], LONG).await, None);
        assert_eq!(output("sleep", &["60"], Duration::from_millis(50)).await, None);
        assert_eq!(output("head", &["-c", "5000000", "/dev/zero"], LONG).await, None);
    }
}
