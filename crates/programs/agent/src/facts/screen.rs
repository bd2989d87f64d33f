//! Whether the screen locks by itself, or there is none.

use std::fs;
use std::time::Duration;

use super::command::output;

const LIMIT: Duration = Duration::from_secs(5);
const SESSIONS: [&str; 2] = ["/usr/share/xsessions", "/usr/share/wayland-sessions"];

/// What is known of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Screen {
    /// No desktop is installed: a server.
    Absent,
    /// A desktop whose settings say whether it locks.
    Locks(bool),
    /// A desktop whose settings cannot be read, for example because the agent is not the person's.
    Unknown,
}

/// Looks for a desktop, and asks its settings.
pub(super) async fn locks() -> Screen {
    if !SESSIONS.iter().any(|folder| has_session(folder)) {
        return Screen::Absent;
    }
    let (lock, idle) = tokio::join!(
        output("gsettings", &["get", "org.gnome.desktop.screensaver", "lock-enabled"], LIMIT),
        output("gsettings", &["get", "org.gnome.desktop.session", "idle-delay"], LIMIT),
    );
    match (lock, idle) {
        (Some((lock, _)), Some((idle, _))) => by_settings(&lock, &idle),
        _ => Screen::Unknown,
    }
}

fn has_session(folder: &str) -> bool {
    fs::read_dir(folder).is_ok_and(|files| {
        files.flatten().any(|file| file.path().extension().is_some_and(|extension| extension == "desktop"))
    })
}

/// `true` and `uint32 300`: locked after five minutes. `uint32 0` means never idle.
fn by_settings(lock: &str, idle: &str) -> Screen {
    let seconds: Option<u32> = idle.trim().strip_prefix("uint32 ").and_then(|seconds| seconds.parse().ok());
    match (lock.trim(), seconds) {
        ("true", Some(seconds)) => Screen::Locks(seconds > 0),
        ("false", Some(_)) => Screen::Locks(false),
        _ => Screen::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_locks_when_it_is_told_to_and_becomes_idle() {
        assert_eq!(by_settings("true\n", "uint32 300\n"), Screen::Locks(true));
        assert_eq!(by_settings("true\n", "uint32 0\n"), Screen::Locks(false));
        assert_eq!(by_settings("false\n", "uint32 300\n"), Screen::Locks(false));
        assert_eq!(by_settings("", "uint32 300"), Screen::Unknown);
        assert_eq!(by_settings("true", "never"), Screen::Unknown);
    }
}
