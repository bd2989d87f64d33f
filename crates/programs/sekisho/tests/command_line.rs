//! The command line as its user meets it: help with examples, errors that name the fix, exit statuses, JSON.
#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::{Command, Output};

fn sekisho(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sekisho"))
        .args(arguments)
        .env_remove("SEKISHO_DATA")
        .env_remove("SEKISHO_SERVER")
        .env_remove("SEKISHO_CONFIG")
        .output()
        .expect("the binary starts")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn configuration(folder: &Path, text: &str) -> String {
    let file = folder.join("sekisho.toml");
    std::fs::write(&file, text).expect("a file");
    file.display().to_string()
}

#[test]
fn every_command_has_help_with_an_example() {
    let commands = [
        "up",
        "reload",
        "upgrade",
        "apply",
        "user list",
        "user show",
        "user disable",
        "user enable",
        "user link",
        "user reset",
        "group list",
        "group show",
        "device list",
        "device show",
        "device token",
        "device remove",
        "device revoke",
        "session list",
        "session end",
        "resource list",
        "resource show",
        "policy list",
        "policy show",
        "policy check",
        "decision list",
        "decision refused",
        "decision show",
        "act list",
        "status",
        "resources",
        "man",
        "ledger verify",
        "ledger prove",
        "ledger status",
        "ledger accept-rollback",
        "clock accept",
        "backup",
        "restore",
        "restore-console",
        "token make",
        "token list",
        "token revoke",
        "whoami",
        "agent enroll",
        "agent run",
        "agent facts",
    ];
    for command in commands {
        let arguments: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let output = sekisho(&arguments);
        assert!(output.status.success(), "{command}: {}", stderr(&output));
        let help = stdout(&output);
        assert!(help.contains(&format!("sekisho {command}")) && help.contains("Example"), "{command}: {help}");
        let forms = ["--json", "-o, --output"].iter().all(|option| help.contains(option));
        assert!(command == "up" || forms, "{command} has no form for programs: {help}");
    }
}

#[test]
fn i20_a_wrong_configuration_ends_with_64_before_anything_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = "data = \"data\"\ndomain = \"example.jp\"\n";
    for (line, says) in [
        ("listn = \"127.0.0.1:0\"", "listn"),
        ("workers = \"two\"", "workers"),
        ("domain = \"again.jp\"", "duplicate"),
        ("lease = \"9d\"", "lease"),
    ] {
        let file = configuration(folder.path(), &format!("{good}{line}\n"));
        let output = sekisho(&["up", "--config", &file]);
        assert_eq!(output.status.code(), Some(64), "{line}: {}", stderr(&output));
        assert!(stderr(&output).contains("sekisho.toml:3") && stderr(&output).contains(says), "{}", stderr(&output));
    }
    assert!(!folder.path().join("data").exists(), "nothing may be made for a wrong configuration");
    let file = configuration(folder.path(), good);
    let output = sekisho(&["up", "--config", &file, "--check"]);
    assert!(output.status.success() && stdout(&output).contains("is valid"), "{}", stderr(&output));
    let output = sekisho(&["up", "--config", "/nowhere/sekisho.toml"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(stderr(&output).contains("--config FILE"), "{}", stderr(&output));
}

#[test]
fn i20_nothing_waits_for_a_reader_of_the_access_log() {
    use rustix::fs::{CWD, FileType, Mode};
    let folder = tempfile::tempdir().expect("a folder");
    rustix::fs::mknodat(CWD, folder.path().join("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
    let text = "data = \"data\"\ndomain = \"example.jp\"\nlisten = \"127.0.0.1:0\"\naccess_log = \"pipe\"\n";
    let file = configuration(folder.path(), text);
    // Whoever waited would wait forever.
    let binary = env!("CARGO_BIN_EXE_sekisho");
    let output = Command::new("timeout").args(["60", binary, "up", "--config", &file]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(64), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("`access_log`") && stderr(&output).contains("nobody reads"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_wrong_command_line_ends_with_64() {
    for arguments in [&["nonsense"][..], &["user"], &["decision", "list", "--outcome", "perhaps"], &["session", "end"]]
    {
        let output = sekisho(arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn without_a_running_platform_a_command_says_how_to_start_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().display().to_string();
    for command in ["user list", "device list", "session list", "decision list", "policy list", "ledger status"] {
        let arguments: Vec<&str> = command.split(' ').chain(["--data", &data]).collect();
        let output = sekisho(&arguments);
        assert_eq!(output.status.code(), Some(69), "{command}");
        assert!(stderr(&output).contains("sekisho up"), "{command}: {}", stderr(&output));
    }
}

#[test]
fn wrong_documents_are_refused_before_the_platform_is_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display().to_string();
    let output = sekisho(&["apply", &path]);
    assert_eq!(output.status.code(), Some(65), "an empty folder: {}", stderr(&output));
    std::fs::write(folder.path().join("people.toml"), "[[persn]]\nid = \"a\"\n").expect("a file");
    let output = sekisho(&["apply", &path]);
    assert_eq!(output.status.code(), Some(65));
    assert!(stderr(&output).contains("people.toml") && stderr(&output).contains("persn"), "{}", stderr(&output));
}

#[test]
fn policy_files_are_checked_without_a_platform() {
    let folder = tempfile::tempdir().expect("a folder");
    let (good, bad) = (folder.path().join("good.cedar"), folder.path().join("bad.cedar"));
    std::fs::write(&good, "permit(principal, action, resource) when { context.risk < 50 };\n").expect("a file");
    std::fs::write(&bad, "permit(principal, action, resource) when { context.rsk < 50 };\n").expect("a file");
    let output = sekisho(&["policy", "check", &good.display().to_string(), "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let said: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(said["policies"], 1);
    let output = sekisho(&["policy", "check", &bad.display().to_string()]);
    assert_eq!(output.status.code(), Some(65));
    assert!(stderr(&output).contains("bad.cedar:1") && stderr(&output).contains("rsk"), "{}", stderr(&output));
}

#[test]
fn names_that_nobody_has_are_warned_of_and_refused_when_strict() {
    let folder = tempfile::tempdir().expect("a folder");
    let policy = folder.path().join("p.cedar");
    let permit = |group: &str| {
        format!(
            "permit (\n  principal in Sekisho::Group::\"{group}\", action, resource) when {{ resource.sensitivity <= 1 }};\n"
        )
    };
    std::fs::write(&policy, permit("finanse")).expect("a file");
    let (file, whole) = (policy.display().to_string(), folder.path().display().to_string());
    // Where nobody wrote down which groups there are, nobody can tell.
    let output = sekisho(&["policy", "check", &file]);
    assert!(output.status.success() && !stdout(&output).contains("finanse"), "{}", stdout(&output));
    std::fs::write(folder.path().join("groups.toml"), "[[group]]\nid = \"finance\"\nname = \"F\"\n").expect("a file");
    std::fs::write(folder.path().join("other.toml"), "[package]\nname = \"other\"\n").expect("a file");
    let says = "p.cedar:2: there is no group `finanse`; did you mean `finance`?";
    let output = sekisho(&["policy", "check", &file]);
    assert!(output.status.success() && stdout(&output).contains(says), "{}{}", stdout(&output), stderr(&output));
    let output = sekisho(&["policy", "check", "--strict", &file]);
    assert_eq!(output.status.code(), Some(65), "{}", stdout(&output));
    assert!(stderr(&output).contains("1 problem\n") && stderr(&output).contains(says), "{}", stderr(&output));
    std::fs::write(&policy, permit("finance")).expect("a file");
    std::fs::remove_file(folder.path().join("other.toml")).expect("it was there");
    let output = sekisho(&["policy", "check", "--strict", &whole]);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn our_own_policies_are_accepted_when_strict() {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../policies");
    let output = sekisho(&["policy", "check", "--strict", own]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!stdout(&output).contains('!'), "{}", stdout(&output));
    // The shipped policies name nothing that a platform does not have, also when nothing lies beside them.
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("console.cedar");
    let text = std::fs::read_to_string(format!("{own}/console.cedar")).expect("our own");
    std::fs::write(&copy, &text).expect("a file");
    let output = sekisho(&["policy", "check", "--strict", &copy.display().to_string()]);
    assert!(output.status.success(), "{}", stderr(&output));
    std::fs::write(&copy, text.replace("auditors", "auditers")).expect("a file");
    let output = sekisho(&["policy", "check", "--strict", &copy.display().to_string()]);
    assert!(stderr(&output).contains("did you mean `auditors`?"), "{}", stderr(&output));
}

#[test]
fn what_is_valid_and_not_meant_is_warned_of_and_refused_when_strict() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("p.cedar").display().to_string();
    let never = "\npermit (principal is Sekisho::User in Sekisho::Category::\"x\", action, resource);\n";
    let hidden = "permit (principal, action, resource) when { resource.hasTag(\"sa\u{202e}les\") };\n";
    for (text, says) in [
        (never, "p.cedar:2:"),
        (hidden, "p.cedar:1:"),
        ("forbid (principal, action, resource);", "p.cedar:1:1: the policy `p.1` forbids everything to everybody"),
    ] {
        std::fs::write(&file, text).expect("a file");
        let output = sekisho(&["policy", "check", &file]);
        assert!(output.status.success() && stdout(&output).contains(&format!("! {file}")), "{}", stderr(&output));
        assert!(stdout(&output).contains(says) && !stdout(&output).contains('\u{202e}'), "{}", stdout(&output));
        let output = sekisho(&["policy", "check", "--strict", &file]);
        assert_eq!(output.status.code(), Some(65), "{text}");
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
}

#[test]
fn check_and_apply_read_the_same_files_and_refuse_them_for_the_same_reasons() {
    let permit = b"permit (principal, action, resource == Sekisho::Resource::\"w\");\n";
    for (name, text, says) in [
        ("bom.cedar", [b"\xef\xbb\xbf", &permit[..]].concat(), "bom.cedar:1: it begins with a byte order mark: save"),
        ("sjis.cedar", [&permit[..], b"// \x93\xfa\n"].concat(), "sjis.cedar:2: the byte 0x93 is not UTF-8: save"),
        ("wiki.CEDAR", permit.to_vec(), "its name ends in `.CEDAR`: rename it to"),
        ("people.TOML", Vec::new(), "its name ends in `.TOML`: rename it to"),
        ("Sales Team.cedar", permit.to_vec(), "the identifier may hold a-z"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("good.cedar"), permit).expect("a file");
        std::fs::write(folder.path().join(name), text).expect("a file");
        let (whole, file) = (folder.path().display().to_string(), folder.path().join(name).display().to_string());
        for arguments in [&["policy", "check", &whole][..], &["policy", "check", &file], &["apply", &whole]] {
            let output = sekisho(arguments);
            // The platform checks identifiers, and it is not there.
            let expected = if name.contains(' ') && arguments[0] == "apply" { 69 } else { 65 };
            assert_eq!(output.status.code(), Some(expected), "{arguments:?}: {}", stderr(&output));
            assert!(expected == 69 || stderr(&output).contains(says), "{arguments:?}: {}", stderr(&output));
        }
    }
}

#[test]
fn a_named_pipe_among_the_policies_is_told_and_never_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("x.cedar");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    let (whole, pipe) = (folder.path().display().to_string(), pipe.display().to_string());
    for arguments in [&["policy", "check", &whole][..], &["policy", "check", &pipe], &["apply", &whole]] {
        let output = sekisho(arguments);
        assert_eq!(output.status.code(), Some(65), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("x.cedar: is a named pipe and no regular file"), "{}", stderr(&output));
    }
}

#[test]
fn every_problem_is_told_whatever_its_kind() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("p.cedar");
    let text = "@mod(\"x\")\npermit(principal, action, resource) when { context.rsk < 50 };\npermit(principal";
    std::fs::write(&file, text).expect("a file");
    let output = sekisho(&["policy", "check", &file.display().to_string()]);
    let told = stderr(&output);
    assert!(["3 problems", "@mod", "rsk", "p.cedar:3"].iter().all(|part| told.contains(part)), "{told}");
}

#[test]
fn an_error_is_json_for_whoever_asked_for_json() {
    for (arguments, status) in [
        (&["user", "list", "--data", "/nowhere", "--json"][..], 69),
        (&["policy", "check", "/nowhere.cedar", "--json"], 64),
        (&["user", "lst", "--json"], 64),
        (&["user", "list", "--data", "/nowhere", "-o", "json"], 69),
        (&["user", "lst", "--output=yaml"], 64),
    ] {
        let output = sekisho(arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
        let told: serde_json::Value = serde_json::from_str(&stderr(&output)).expect("JSON");
        assert_eq!(told["exit_status"], status, "{told}");
        assert!(told["error"].as_str().is_some_and(|error| !error.is_empty()), "{told}");
    }
    let output = sekisho(&["user", "list", "--data", "/nowhere"]);
    assert!(stderr(&output).starts_with("sekisho: "), "{}", stderr(&output));
}

#[test]
fn an_agent_that_is_not_there_is_told_with_how_to_name_its_folder() {
    let home = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str], agent: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho"));
        command.args(arguments).env("HOME", home.path()).env_remove("XDG_DATA_HOME").env_remove("SEKISHO_AGENT");
        command.envs(agent.map(|agent| ("SEKISHO_AGENT", agent))).output().expect("the binary starts")
    };
    for (arguments, says) in [(&["agent", "run"][..], "--folder DIR"), (&["login"], "--agent DIR")] {
        let output = run(arguments, None);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}: {}", stderr(&output));
        let home = home.path().join(".local/share/sekisho-agent").display().to_string();
        assert!(stderr(&output).contains(says) && stderr(&output).contains(&home), "{}", stderr(&output));
        assert!(stderr(&run(arguments, Some("/elsewhere"))).contains("/elsewhere"));
    }
    // A variable that is merely set does not stand against what was typed.
    let bare = ["login", "--server", "https://terminal.localhost:1", "--pin", "no-pin"];
    let output = run(&bare, Some("/elsewhere"));
    assert!(stderr(&output).contains("64 hexadecimal digits"), "{}", stderr(&output));
    let both = [&bare[..], &["--agent", "/elsewhere"]].concat();
    assert!(stderr(&run(&both, None)).contains("cannot be used with"), "{}", stderr(&run(&both, None)));
}

#[test]
fn this_machine_has_facts() {
    let output = sekisho(&["agent", "facts", "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let facts: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert!(facts["kernel.version"].is_string() && facts["ports.listening"].is_array(), "{facts}");
}

#[test]
fn facts_are_a_table_for_people_and_the_same_values_in_yaml() {
    let table = stdout(&sekisho(&["agent", "facts"]));
    assert!(table.starts_with("FACT") && table.contains("kernel.version"), "{table}");
    assert!(!table.contains(['"', '[', '\u{1b}']), "not as a person reads it: {table}");
    let yaml = stdout(&sekisho(&["agent", "facts", "-o", "yaml"]));
    let kernel = table.lines().find_map(|line| line.strip_prefix("kernel.version")).expect("a kernel").trim();
    assert!(yaml.lines().any(|line| line.starts_with("kernel.version:") && line.contains(kernel)), "{yaml}");
    for arguments in [&["agent", "facts", "-o", "xml"][..], &["agent", "facts", "--json", "-o", "yaml"]] {
        assert_eq!(sekisho(arguments).status.code(), Some(64), "{arguments:?}");
    }
}

#[test]
fn every_shell_gets_a_completion_that_knows_the_commands() {
    for (shell, begins) in [("bash", "_sekisho()"), ("zsh", "#compdef sekisho"), ("fish", "# Print an optspec")] {
        let output = sekisho(&["completion", shell]);
        assert!(output.status.success(), "{}", stderr(&output));
        let script = stdout(&output);
        assert!(script.starts_with(begins), "{shell}: {}", script.lines().next().unwrap_or_default());
        for word in ["enforcement-point", "whoami", "prune"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
    assert_eq!(sekisho(&["completion", "cmd.exe"]).status.code(), Some(64));
    // The shell itself completes with it.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sekisho");
    std::fs::write(&file, stdout(&sekisho(&["completion", "bash"]))).expect("a file");
    let asked = "source \"$0\"; COMP_WORDS=(sekisho user dis); COMP_CWORD=2; _sekisho sekisho dis user; echo \"${COMPREPLY[*]}\"";
    let completed = Command::new("bash").args(["-c", asked]).arg(&file).output().expect("bash starts");
    assert_eq!(stdout(&completed).trim(), "disable", "{}", stderr(&completed));
}

#[test]
fn every_command_has_a_manual_page_and_the_same_program_writes_the_same_pages() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str| {
        let pages = folder.path().join(name);
        let output = sekisho(&["man", &pages.display().to_string(), "--json"]);
        assert!(output.status.success(), "{}", stderr(&output));
        let said: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
        let mut pages: Vec<(String, String)> = std::fs::read_dir(pages)
            .expect("pages")
            .map(|page| page.expect("a page").path())
            .map(|page| (page.display().to_string(), std::fs::read_to_string(&page).expect("a page")))
            .map(|(page, text)| (page.rsplit('/').next().unwrap_or_default().to_owned(), text))
            .collect();
        pages.sort();
        assert_eq!(said["pages"], pages.len());
        pages
    };
    let pages = write("first");
    for name in ["sekisho.1", "sekisho-user.1", "sekisho-user-list.1", "sekisho-ledger-accept-rollback.1"] {
        let (_, text) = pages.iter().find(|(page, _)| page == name).unwrap_or_else(|| panic!("no {name}"));
        assert!(text.contains(".SH NAME") && text.contains(".SH SYNOPSIS"), "{name}: {text}");
    }
    let (_, list) = pages.iter().find(|(page, _)| page == "sekisho-user-list.1").expect("a page");
    assert!(list.contains("sekisho user list") && list.contains("Example"), "{list}");
    assert_eq!(write("second"), pages);
    let output = sekisho(&["man", "/proc/nowhere"]);
    assert_eq!(output.status.code(), Some(65));
    assert!(stderr(&output).contains("may write to"), "{}", stderr(&output));
}
