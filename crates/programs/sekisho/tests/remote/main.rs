//! Administration from another machine, as its user meets it: to whom the token goes, what is trusted, what is refused.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod hostile;
mod server;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use server::{Authority, Host, PORTAL, TERMINAL};

const SECRET: &str = "sekisho_3q2x7wSECRETSECRET";

/// A command on a machine of its own, whose home is a folder.
fn sekisho(home: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho"));
    for name in ["SEKISHO_DATA", "SEKISHO_SERVER", "SEKISHO_SESSION", "SEKISHO_AGENT", "XDG_CONFIG_HOME", "LANG"] {
        command.env_remove(name);
    }
    let output = command.args(arguments).env("HOME", home).envs(variables.iter().copied()).output().unwrap();
    assert!(!said(&output).contains("SECRET"), "{arguments:?}: {}", said(&output));
    output
}

/// Everything that a command said.
fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// That a command ended so and said this.
#[track_caller]
fn ended(output: &Output, status: i32, says: &str) {
    assert_eq!(output.status.code(), Some(status), "{}", said(output));
    assert!(said(output).contains(says), "`{says}` is not in: {}", said(output));
}

fn me(_: &str) -> (u16, String) {
    (200, json!({ "user": "alice", "roles": ["auditor"] }).to_string())
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    path.display().to_string()
}

#[test]
fn a_token_goes_over_tls_to_the_host_that_was_named_and_is_trusted() {
    let (home, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let host = Host::start(&authority, me);
    let (url, ca) = (host.url(PORTAL), file(home.path(), "ca.pem", &authority.pem()));
    let token = [("SEKISHO_TOKEN", SECRET)];
    for trust in [["--ca", &ca], ["--pin", &authority.pin()]] {
        let output = sekisho(home.path(), &token, &[&["whoami", "--server", &url][..], &trust].concat());
        ended(&output, 0, "alice");
        let seen = host.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        let request = seen.first().unwrap();
        assert!(request.contains(&format!("authorization: Bearer {SECRET}\r\n")), "{request}");
        assert!(request.contains(&format!("host: {PORTAL}:{}\r\n", host.port)), "{request}");
    }
    let named = [("SEKISHO_TOKEN", SECRET), ("SEKISHO_SERVER", &url)];
    ended(&sekisho(home.path(), &named, &["whoami", "--json", "--ca", &ca]), 0, "\"auditor\"");
    assert_eq!(host.seen().len(), 1);
}

#[test]
fn a_host_that_is_not_trusted_gets_no_request() {
    let (home, authority, other) = (tempfile::tempdir().unwrap(), Authority::new(), Authority::new());
    let host = Host::start(&authority, me);
    let token = [("SEKISHO_TOKEN", SECRET)];
    let (own, wrong) = (file(home.path(), "ca.pem", &authority.pem()), file(home.path(), "other.pem", &other.pem()));
    let url = host.url(PORTAL);
    for trust in [&["--ca", &wrong][..], &["--pin", &other.pin()], &[]] {
        let output = sekisho(home.path(), &token, &[&["whoami", "--json", "--server", &url], trust].concat());
        ended(&output, 69, "name the platform's with `--ca FILE` or `--pin`");
    }
    // The certificate is for other names.
    let output = sekisho(home.path(), &token, &["whoami", "--server", &host.url("evil.localhost"), "--ca", &own]);
    ended(&output, 69, "could not be reached");
    assert_eq!(host.seen(), Vec::<String>::new());
}

#[test]
fn nothing_is_said_without_tls() {
    let (home, listener) = (tempfile::tempdir().unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    let port = listener.local_addr().unwrap().port();
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = vec![0; 4096];
        let count = stream.read(&mut bytes).unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").unwrap();
        bytes.truncate(count);
        bytes
    });
    let token = [("SEKISHO_TOKEN", SECRET)];
    let pin = ["--pin", &"ab".repeat(32)];
    let server = format!("https://{PORTAL}:{port}");
    ended(&sekisho(home.path(), &token, &[&["whoami", "--server", &server][..], &pin].concat()), 69, "not be reached");
    assert!(!String::from_utf8_lossy(&heard.join().unwrap()).contains("SECRET"));
    let plain = format!("http://{PORTAL}:{port}");
    ended(&sekisho(home.path(), &token, &["whoami", "--server", &plain]), 64, "https://");
    ended(&sekisho(home.path(), &[("SEKISHO_SERVER", &plain)], &["whoami"]), 64, "SEKISHO_SERVER");
}

#[test]
fn refusals_are_told_with_their_status_and_their_number() {
    fn refuse(request: &str) -> (u16, String) {
        let status = if request.contains("/me ") { 403 } else { 409 };
        let token = request.split("Bearer ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let problem =
            json!({ "title": format!("no {token}"), "reasons": ["why"], "remedies": ["ask"], "request": "R7" });
        (status, problem.to_string())
    }
    let (home, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let host = Host::start(&authority, refuse);
    let token = [("SEKISHO_TOKEN", SECRET), ("SEKISHO_SERVER", &host.url(PORTAL)), ("LC_ALL", "C")];
    let pin = authority.pin();
    let output = sekisho(home.path(), &token, &["whoami", "--pin", &pin]);
    ended(&output, 77, "why\n  → ask\n  request R7");
    let output = sekisho(home.path(), &token, &["session", "list", "--json", "--pin", &pin]);
    ended(&output, 65, "→ ask");
    let told: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(told["exit_status"], 65);
}

#[test]
fn a_session_goes_to_the_terminals_host_of_its_own_platform_alone() {
    let (home, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let host = Host::start(&authority, me);
    let kept = json!({
        "server": { "host": TERMINAL, "port": host.port }, "trust": { "authority": authority.pem() },
        "portal": { "host": PORTAL, "port": host.port }, "user": "alice", "expires_at": 1_900_000_000_000_i64,
        "credential": "credential-SECRET",
    });
    let session = file(home.path(), "session.json", &kept.to_string());
    let (portal, terminal) = (host.url(PORTAL), host.url(TERMINAL));
    for server in [&portal, &terminal] {
        ended(&sekisho(home.path(), &[], &["whoami", "--server", server, "--session", &session]), 0, "alice");
        let seen = host.seen().concat();
        assert!(seen.contains(&format!("host: {TERMINAL}:{}\r\n", host.port)), "{seen}");
        assert!(seen.contains("authorization: Bearer credential-SECRET\r\n"), "{seen}");
    }
    // A token goes before the session, to the host that was named; the session says what is trusted.
    let token = [("SEKISHO_TOKEN", SECRET), ("SEKISHO_SESSION", session.as_str())];
    ended(&sekisho(home.path(), &token, &["whoami", "--server", &portal]), 0, "alice");
    let seen = host.seen().concat();
    assert!(seen.contains(&format!("host: {PORTAL}:")) && !seen.contains("credential-SECRET"), "{seen}");
    let file = [("SEKISHO_SESSION", session.as_str())];
    let elsewhere = format!("https://{PORTAL}:1");
    let login = format!("sekisho login --server {elsewhere}");
    ended(&sekisho(home.path(), &file, &["whoami", "--server", &elsewhere]), 77, &login);
    ended(&sekisho(home.path(), &file, &["whoami", "--server", "https://evil.localhost"]), 77, "you are signed in to");
    ended(&sekisho(home.path(), &file, &["whoami", "--server", &portal, "--pin", "ab"]), 64, "SEKISHO_TOKEN");
    ended(&sekisho(home.path(), &[], &["whoami", "--server", &elsewhere]), 77, &login);
    assert_eq!(host.seen(), Vec::<String>::new());
}

#[test]
fn login_finds_the_terminals_host_by_the_portal() {
    fn about(request: &str) -> (u16, String) {
        if request.starts_with("GET /api/v1 ") {
            (200, json!({ "api": "v1", "terminals": "https://terminal.localhost:1" }).to_string())
        } else {
            (404, String::new())
        }
    }
    let (home, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let (portal, other) = (Host::start(&authority, about), Host::start(&authority, |_| (404, String::new())));
    let ca = file(home.path(), "ca.pem", &authority.pem());
    let login = |server: &str| sekisho(home.path(), &[], &["login", "--server", server, "--authority", &ca]);
    ended(&login(&portal.url(PORTAL)), 69, "terminal.localhost:1 could not be reached");
    ended(&login(&other.url(PORTAL)), 69, &format!("{PORTAL}:{} could not be reached", other.port));
}

#[test]
fn options_that_do_not_go_together_are_told() {
    let home = tempfile::tempdir().unwrap();
    let run = |variables: &[(&str, &str)], arguments: &[&str]| sekisho(home.path(), variables, arguments);
    let url = "https://portal.example.jp";
    ended(&run(&[], &["user", "list", "--data", "d", "--server", url]), 64, "cannot be used with");
    ended(&run(&[("SEKISHO_DATA", "d"), ("SEKISHO_SERVER", url)], &["user", "list"]), 64, "are both set");
    // What is typed goes before what is set, and the local socket gets no token.
    let set = [("SEKISHO_SERVER", url), ("SEKISHO_TOKEN", SECRET)];
    ended(&run(&set, &["user", "list", "--data", "/nowhere"]), 69, "/nowhere/admin.sock");
    ended(&run(&[("SEKISHO_DATA", "d")], &["user", "list", "--server", url]), 77, "sekisho login");
    ended(&run(&[], &["user", "list", "--ca", "ca.pem"]), 64, "--server URL");
    ended(&run(&set, &["user", "list", "--ca", "a", "--pin", "b"]), 64, "cannot be used with");
    ended(&run(&set, &["user", "list", "--ca", "/nowhere.pem"]), 64, "/nowhere.pem");
    ended(&run(&set, &["user", "list", "--pin", "no-pin"]), 64, "64 hexadecimal digits");
    for wrong in ["SECRET", "sekisho_ SECRET", "sekisho_\u{95a2}SECRET"] {
        let set = [("SEKISHO_SERVER", url), ("SEKISHO_TOKEN", wrong)];
        ended(&run(&set, &["user", "list", "--json"]), 64, "SEKISHO_TOKEN holds no API token");
    }
    ended(&run(&set, &["user", "list", "--help"]), 0, "SEKISHO_TOKEN");
    for command in ["ledger verify d", "ledger read d", "ledger prove d --kept k"] {
        let arguments: Vec<&str> = command.split(' ').chain(["--server", url]).collect();
        ended(&run(&[], &arguments), 64, "run it where the folder is");
    }
    ended(&run(&[], &["restore-console", "--server", url]), 64, "only on the machine");
    let help = said(&run(&[], &["restore-console", "--help"]));
    assert!(help.contains("--data") && !help.contains("--server") && !help.contains("--pin"), "{help}");
    for wrong in ["portal.example.jp", "http://portal.example.jp", "https://"] {
        for command in ["whoami", "login"] {
            let told = run(&[], &[command, "--server", wrong]);
            ended(&told, 64, "for example `https://portal.example.jp`");
            assert!(!said(&told).contains("devices."), "{}", said(&told));
        }
    }
    ended(
        &run(&[], &["agent", "enroll", "--server", "x", "--pin", "a", "--token", "t"]),
        64,
        "`https://devices.example.jp`",
    );
    ended(&run(&[], &["token", "make", "t", "--role", "auditor"]), 64, "--days");
    ended(
        &run(&[], &["token", "make", "t", "--role", "a", "--days", "1", "--until", "2026-12-31T18:00:00+09:00"]),
        64,
        "cannot",
    );
    ended(&run(&[], &["token", "make", "t", "--days", "1"]), 64, "--role");
    ended(&run(&[], &["token", "make", "t", "--role", "a", "--days", "367"]), 64, "366");
}

#[test]
fn a_token_is_all_that_standard_output_gets() {
    fn made(_: &str) -> (u16, String) {
        (201, json!({ "id": "t", "token": "sekisho_t_123", "expires_at": "2026-12-31T09:00:00Z" }).to_string())
    }
    let (home, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let (host, pin) = (Host::start(&authority, made), authority.pin());
    let url = host.url(PORTAL);
    let set = [("SEKISHO_TOKEN", SECRET), ("LC_ALL", "C"), ("TZ", "Asia/Tokyo")];
    let make = ["token", "make", "t", "--role", "administrators", "--days", "1"];
    let elsewhere = [&make[..], &["--server", &url, "--pin", &pin]].concat();
    let output = sekisho(home.path(), &set, &elsewhere);
    ended(&output, 0, "ends at 2026-12-31 18:00:00+09:00");
    assert_eq!(output.stdout, b"sekisho_t_123\n");
    // Somebody signed in there.
    assert!(!said(&output).contains("Warning"), "{}", said(&output));
    let output = sekisho(home.path(), &set, &[&elsewhere[..], &["--json"]].concat());
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["token"], "sekisho_t_123");
    assert!(output.stderr.is_empty(), "{}", said(&output));
    let empty = Host::start(&authority, |_| (201, "{}".to_owned()));
    let output = sekisho(home.path(), &set, &[&make[..], &["--server", &empty.url(PORTAL), "--pin", &pin]].concat());
    ended(&output, 1, "holds no token");
}

#[test]
fn times_are_those_of_the_platforms_settings_in_tables_and_rfc_3339_for_programs() {
    fn answer(request: &str) -> (u16, String) {
        let sessions = json!([{ "id": "6f1c", "user": "alice", "established_at": "2026-07-01T00:00:00Z" }]);
        let answer = if request.contains("/me ") {
            json!({ "actor": "user alice", "time_zone": "Europe/Berlin", "utc_offset_minutes": 60 })
        } else {
            json!({ "items": sessions, "next": null })
        };
        (200, answer.to_string())
    }
    let (home, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let (host, pin) = (Host::start(&authority, answer), authority.pin());
    let url = host.url(PORTAL);
    let set = [("SEKISHO_TOKEN", SECRET), ("TZ", "Asia/Tokyo")];
    let list = ["session", "list", "--server", &url, "--pin", &pin];
    ended(&sekisho(home.path(), &set, &list), 0, "2026-07-01 02:00:00+02:00");
    assert_eq!(host.seen().len(), 2);
    for form in ["json", "yaml"] {
        let output = sekisho(home.path(), &set, &[&list[..], &["-o", form]].concat());
        ended(&output, 0, "2026-07-01T00:00:00Z");
        assert_eq!(host.seen().len(), 1, "a program needs no time zone");
    }
}

/// What a command prints on a terminal with that many columns.
fn on_terminal(home: &Path, columns: u16, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let words = [&[env!("CARGO_BIN_EXE_sekisho")], arguments].concat().join(" ");
    let mut script = Command::new("script");
    script.args(["-qec", &format!("stty rows 24 cols {columns}; {words}"), "/dev/null"]);
    script.env("HOME", home).env("SEKISHO_TOKEN", SECRET).env("TERM", "xterm").env_remove("NO_COLOR");
    said(&script.envs(variables.iter().copied()).output().unwrap())
}

#[test]
fn a_terminal_gets_colour_and_lines_that_fit_unless_somebody_wants_none() {
    fn users(_: &str) -> (u16, String) {
        let user = json!({ "id": "alice", "name": "経理部の佐藤アリス".repeat(9), "status": "disabled", "groups": ["a", "b"] });
        (200, json!({ "items": [user], "next": null }).to_string())
    }
    let (home, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let (host, pin) = (Host::start(&authority, users), authority.pin());
    let url = host.url(PORTAL);
    let list = ["user", "list", "--server", &url, "--pin", &pin];
    let shown = on_terminal(home.path(), 90, &[], &list);
    assert!(shown.contains("\u{1b}[1mUSER") && shown.contains("\u{1b}[31mdisabled\u{1b}[0m"), "{shown:?}");
    let plain = on_terminal(home.path(), 90, &[("NO_COLOR", "1")], &list);
    assert!(plain.contains("経理部") && plain.contains('…') && !plain.contains('\u{1b}'), "{plain:?}");
    // Each of these characters takes two columns.
    let width = |line: &str| line.chars().map(|c| if c > '\u{2fff}' { 2 } else { 1 }).sum::<usize>();
    assert!(plain.lines().all(|line| width(line.trim_end()) <= 90), "{plain}");
    assert!(!on_terminal(home.path(), 90, &[("TERM", "dumb")], &list).contains('\u{1b}'));
    assert!(!on_terminal(home.path(), 90, &[], &[&list[..], &["-o", "json"]].concat()).contains('\u{1b}'));
    // In a pipe nothing is cut, and nothing is coloured.
    let piped = sekisho(home.path(), &[("SEKISHO_TOKEN", SECRET)], &list);
    assert!(!said(&piped).contains(['…', '\u{1b}']), "{}", said(&piped));
}

#[test]
fn a_list_that_is_followed_prints_each_entry_once_and_ends_cleanly_when_interrupted() {
    use std::io::BufRead as _;
    static ASKED: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    fn answer(request: &str) -> (u16, String) {
        if request.contains("/me ") {
            return (200, json!({ "utc_offset_minutes": 0 }).to_string());
        }
        assert!(request.starts_with("GET /api/v1/acts?limit=50&act=document-put "), "{request}");
        // One more act each time.
        let newest = ASKED.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let act =
            |index| json!({ "index": index, "act": { "at": 0, "act": "document-put", "target": format!("t{index}") } });
        (200, json!({ "items": (0..=newest).rev().map(act).collect::<Vec<_>>(), "next": null }).to_string())
    }
    let (home, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let (host, pin) = (Host::start(&authority, answer), authority.pin());
    let url = host.url(PORTAL);
    let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho"));
    command.args(["act", "list", "--act", "document-put", "--follow", "--server", &url, "--pin", &pin]);
    command.env("HOME", home.path()).env("SEKISHO_TOKEN", SECRET).env_remove("SEKISHO_DATA");
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let told: Vec<String> = lines.take(4).collect();
    let targets: Vec<&str> =
        told.iter().skip(1).filter_map(|line| line.split_whitespace().find(|it| it.starts_with('t'))).collect();
    assert!(told.first().unwrap().starts_with("WHEN"), "{told:?}");
    assert_eq!(targets, ["t0", "t1", "t2"]);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_operator_names_the_owner_and_is_warned_that_nobody_signed_in() {
    let (home, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let listener = std::os::unix::net::UnixListener::bind(data.path().join("admin.sock")).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let (mut bytes, mut some) = (Vec::new(), [0; 4096]);
            let is_whole =
                |bytes: &[u8]| bytes.ends_with(b"}") || (bytes.starts_with(b"GET") && bytes.ends_with(b"\r\n\r\n"));
            while !is_whole(&bytes) {
                let count = stream.read(&mut some).unwrap();
                assert!(count > 0, "a request that ends early: {bytes:?}");
                bytes.extend_from_slice(some.get(..count).unwrap());
            }
            let body = json!({ "id": "t", "token": "sekisho_t_123", "expires_at": "2026-12-31T09:00:00Z" }).to_string();
            let _ = write!(stream, "HTTP/1.1 201 x\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        }
    });
    let data = data.path().display().to_string();
    let make = ["token", "make", "t", "--role", "administrators", "--days", "1", "--data", &data];
    let set = [("LC_ALL", "C")];
    ended(&sekisho(home.path(), &set, &make), 64, "--owner USER");
    let output = sekisho(home.path(), &set, &[&make[..], &["--owner", "alice"]].concat());
    ended(&output, 0, "Warning: nobody signed in for this token");
    assert_eq!(output.stdout, b"sekisho_t_123\n");
}
