//! Running a command for a fact: bounded in time and output, with a plain environment.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
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
        let (out, err) = (child.stdout.take()?, child.stderr.take()?);
        let (stdout, stderr) = tokio::join!(read(out), read(err));
        let (stdout, stderr) = (stdout?, stderr?);
        child.wait().await.ok().filter(std::process::ExitStatus::success).map(|_| (stdout, stderr))
    };
    tokio::time::timeout(limit, whole).await.ok()?
}

/// All that a command writes to one of its outputs, or `None` when it is too much; then the output is closed to it.
async fn read(pipe: impl AsyncRead + Unpin) -> Option<String> {
    let mut bytes = Vec::new();
    pipe.take(MAX_OUTPUT + 1).read_to_end(&mut bytes).await.ok()?;
    let fits = u64::try_from(bytes.len()).is_ok_and(|length| length <= MAX_OUTPUT);
    fits.then(|| String::from_utf8_lossy(&bytes).into_owned())
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
