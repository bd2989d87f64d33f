//! Opens a page in the person's browser, where there is a display.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// What opens a page: on macOS, and on systems with a desktop of freedesktop.org.
const OPENER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

/// Opens a page where this person has a display, and does not wait for the browser. Returns whether something was started: a desktop
/// without such a program says nothing, and the address stands on the terminal.
#[must_use]
pub fn show(page: &str) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    has_display(set) && is_page(page) && start(OsStr::new(OPENER), page)
}

/// Whether a browser of this session could show a page: macOS always has a display, and others name theirs.
fn has_display(set: impl Fn(&str) -> bool) -> bool {
    // Somebody who came over SSH looks at another machine's screen.
    let is_elsewhere = set("SSH_CONNECTION") || set("SSH_TTY");
    !is_elsewhere && (cfg!(target_os = "macos") || set("DISPLAY") || set("WAYLAND_DISPLAY"))
}

/// Whether it is a page of `https`: what else a platform names might be a file or a program of this machine.
fn is_page(page: &str) -> bool {
    let of_url = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    page.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && rest.chars().all(of_url))
}

fn start(opener: &OsStr, page: &str) -> bool {
    let (input, output, errors) = (Stdio::null(), Stdio::null(), Stdio::null());
    let started = Command::new(opener).arg(page).stdin(input).stdout(output).stderr(errors).spawn();
    let Ok(mut child) = started else { return false };
    // It ends at once, or lives on as the browser: nobody waits for it but this thread, which ends with the command.
    std::thread::spawn(move || drop(child.wait()));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_are_opened() {
        assert!(is_page("https://portal.example.jp:8443/terminal?code=ABCD-EFGH"));
        for page in [
            "http://portal.example.jp/",
            "file:///etc/passwd",
            "--version",
            "https://",
            "https://a b",
            "https://a\u{202e}",
            "javascript:1",
        ] {
            assert!(!is_page(page), "{page}");
        }
    }

    #[test]
    fn without_a_display_of_this_person_nothing_is_opened() {
        let with = |names: &[&str]| has_display(|name| names.contains(&name));
        assert!(with(&["DISPLAY"]) && with(&["WAYLAND_DISPLAY"]));
        assert!(cfg!(target_os = "macos") || !with(&[]));
        assert!(!with(&["DISPLAY", "SSH_CONNECTION"]));
    }
}
