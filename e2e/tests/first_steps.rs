//! What somebody meets on the first day with Sekisho: misspelt names, files that are almost right, and denials that they want explained.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::process::{Output, Stdio};
use std::time::Duration;

use sekisho_e2e::peer::server_port;
use sekisho_e2e::platform::example::{CLOSED, OPEN};
use sekisho_e2e::platform::{Platform, binary};
use serde_json::Value;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

async fn run(platform: &Platform, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary().unwrap());
    command.args(arguments).env("SEKISHO_DATA", platform.data()).env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::null()).output().await.unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const MISSPELT: &str = "[[group]]
id = \"finance\"
name = \"Finance\"

[[user]]
id = \"alice\"
name = \"Alice\"
groups = [\"finanse\"]

[[check]]
id = \"ports\"
fact = \"ports.lisening\"
expect = { holds-none = [\"23\"] }
reason = { en = \"Telnet is open.\" }
remedy = { en = \"Close it.\" }
";

#[tokio::test]
async fn a_plan_tells_names_that_nobody_has_and_the_nearest_that_somebody_has() {
    let platform = Platform::start(1).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let policy = "// Finance\npermit (\n  principal in Sekisho::Group::\"finnance\",\n  action, resource\n);\n";
    std::fs::write(folder.path().join("people.toml"), MISSPELT).unwrap();
    std::fs::write(folder.path().join("finance.cedar"), policy).unwrap();
    let path = folder.path().display().to_string();
    let told = [
        "people.toml:5: there is no group `finanse`; did you mean `finance`?",
        "people.toml:10: there is no fact `ports.lisening`; did you mean `ports.listening`?",
        "finance.cedar:3: there is no group `finnance`; did you mean `finance`?",
    ];
    let plan = run(&platform, &["apply", &path, "--plan"]).await;
    assert!(plan.status.success(), "{}", said(&plan));
    for line in told {
        assert!(said(&plan).contains(line), "{line}: {}", said(&plan));
    }
    let json = platform.command(&["apply", &path]).await.unwrap();
    assert_eq!(json["plan"]["unknown_names"].as_array().unwrap().len(), 3, "{json}");
    assert_eq!(json["plan"]["unknown_names"][0]["nearest"], "finance");

    // What is right is not complained of.
    let right = MISSPELT.replace("finanse", "finance").replace("lisening", "listening");
    std::fs::write(folder.path().join("people.toml"), right).unwrap();
    std::fs::write(folder.path().join("finance.cedar"), policy.replace("finnance", "finance")).unwrap();
    let plan = run(&platform, &["apply", &path, "--plan"]).await;
    assert!(plan.status.success() && !said(&plan).contains("there is no"), "{}", said(&plan));
}

#[tokio::test]
async fn the_operator_sees_how_the_platform_stands_who_is_in_a_group_and_one_policy_of_a_file() {
    let platform = Platform::start(1).await.unwrap();
    let people = "[[group]]\nid = \"finance\"\nname = \"Finance\"\n\n[[group]]\nid = \"audit\"\nname = \"Audit\"\ngroups = [\"finance\"]\n\n\
        [[user]]\nid = \"alice\"\nname = \"Alice\"\ngroups = [\"finance\"]\n\n[[user]]\nid = \"bob\"\nname = \"Bob\"\ngroups = [\"audit\"]\n\n\
        [[user]]\nid = \"carol\"\nname = \"Carol\"\n";
    let policies = "permit (principal in Sekisho::Group::\"finance\", action, resource);\n\
        forbid (principal, action, resource) when { context.risk > 90 };\n";
    platform.apply(&[("people.toml", people), ("payroll.cedar", policies)]).await.unwrap();
    let status = run(&platform, &["status"]).await;
    assert!(status.status.success(), "{}", said(&status));
    for part in ["ready         yes", "revision", "entries", "tasks", "certificates"] {
        assert!(said(&status).contains(part), "{part}: {}", said(&status));
    }
    let whoami = run(&platform, &["whoami"]).await;
    assert!(said(&whoami).contains("operator"), "{}", said(&whoami));
    let group = run(&platform, &["group", "show", "finance"]).await;
    assert!(
        said(&group).contains("members (2)\n  alice  Alice\n  bob  Bob, through another group\n"),
        "{}",
        said(&group)
    );
    let members = platform.command(&["user", "list", "--group", "audit"]).await.unwrap();
    assert_eq!(members.as_array().unwrap().iter().map(|user| &user["id"]).collect::<Vec<_>>(), ["bob"]);
    let second = run(&platform, &["policy", "show", "payroll.2"]).await;
    assert!(
        said(&second).contains("line 2") && said(&second).contains("forbid") && !said(&second).contains("permit"),
        "{}",
        said(&second)
    );
    let whole = run(&platform, &["policy", "show", "payroll"]).await;
    assert!(said(&whole).contains("permit") && said(&whole).contains("forbid"), "{}", said(&whole));
    let none = run(&platform, &["policy", "show", "payroll.3"]).await;
    assert_eq!(none.status.code(), Some(65), "{}", said(&none));
    // Nobody is signed in at the local socket, and so nobody reaches an application.
    let resources = run(&platform, &["resources"]).await;
    assert!(resources.status.code() == Some(77) && said(&resources).contains("sekisho login"), "{}", said(&resources));
}

#[tokio::test]
async fn a_name_in_one_language_is_told_how_to_be_written() {
    let platform = Platform::start(1).await.unwrap();
    let wrong =
        "[[resource]]\nid = \"wiki\"\nname = \"Wiki\"\nhost = \"wiki.localhost\"\nupstream = \"http://127.0.0.1:1\"\n";
    let refused = platform.apply(&[("wiki.toml", wrong)]).await.unwrap_err().to_string();
    assert!(refused.contains("wiki.toml:1") && refused.contains("`name`"), "{refused}");
    assert!(refused.contains("{ en = ") && refused.contains("ja = "), "{refused}");
}

#[tokio::test]
async fn each_fault_of_a_policy_set_stands_on_a_line_of_its_own() {
    let platform = Platform::start(1).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let wrong = "@id(\"a\") permit (principal, action, resource) when { resource.weight > 3 };\n\
                 @id(\"b\") permit (principal, action, resource) when { resource.colour == \"red\" };\n";
    std::fs::write(folder.path().join("two.cedar"), wrong).unwrap();
    let refused = run(&platform, &["apply", &folder.path().display().to_string()]).await;
    let text = said(&refused);
    let lines: Vec<&str> = text.lines().filter(|line| line.trim_start().starts_with("two:")).collect();
    let [first, second] = lines.as_slice() else { panic!("{text}") };
    assert!(!refused.status.success() && first.contains("two:1:") && second.contains("two:2:"), "{text}");
}

#[tokio::test]
async fn every_refusal_is_explained_by_its_number() {
    let platform = Platform::start(1).await.unwrap();
    let mut runner = platform.example(9).await.unwrap();
    let denial = runner.open(CLOSED, "/").await.unwrap().expect(403).unwrap();
    let number = denial.header("x-request-id").to_owned();
    let shown = run(&platform, &["decision", "show", &number]).await;
    // The code, for whoever searches; its text, for whoever reads.
    for part in [number.as_str(), "no-policy-permits: No policy permits this."] {
        assert!(said(&shown).contains(part), "{part}: {}", said(&shown));
    }
    let json = platform.command(&["decision", "show", &number]).await.unwrap();
    assert_eq!(
        json["texts"]["no-policy-permits"]["ja"], "利用する権限がありません。管理者にお問い合わせください。",
        "{json}"
    );

    // Nobody is signed in, or the request is malformed: there is no decision, and the number still finds what was refused and why.
    let mut nobody = platform.person().unwrap();
    for (path, kind) in [("/x", "sign-in-required"), ("/x%00", "malformed-request")] {
        let refused = nobody.ask(&format!("https://{OPEN}{path}"), &[("accept", "application/json")]).await.unwrap();
        let number = refused.header("x-request-id").to_owned();
        let shown = recorded(&platform, &number).await;
        for part in [number.as_str(), kind, "127.0.0.1", "ledger entry"] {
            assert!(said(&shown).contains(part), "{part}: {}", said(&shown));
        }
    }
    let unknown = run(&platform, &["decision", "show", "01JUNKJUNKJUNKJUNKJUNKJUNK"]).await;
    assert_eq!(unknown.status.code(), Some(65));
    assert!(said(&unknown).contains("a second later"), "{}", said(&unknown));
}

/// What was refused is recorded within a second.
async fn recorded(platform: &Platform, number: &str) -> Output {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let shown = run(platform, &["decision", "show", number]).await;
        if shown.status.success() || Instant::now() > deadline {
            return shown;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_ledger_is_verified_by_a_key_in_a_file() {
    let platform = Platform::start(1).await.unwrap();
    let ledger = platform.data().join("ledger").display().to_string();
    let key = platform.data().join("ledger.pub").display().to_string();
    let whole = run(&platform, &["ledger", "verify", &ledger, "--key", &key]).await;
    assert!(whole.status.success(), "{}", said(&whole));
    let wrong = run(&platform, &["ledger", "verify", &ledger, "--key", "no-such-file"]).await;
    assert_eq!(wrong.status.code(), Some(64), "{}", said(&wrong));
    assert!(said(&wrong).contains("no file either"), "{}", said(&wrong));
    // The data folder is not the ledger's: the one inside it is named.
    let around = platform.data().display().to_string();
    let above = run(&platform, &["ledger", "verify", &around]).await;
    assert!(above.status.code() == Some(64) && said(&above).contains(&ledger), "{}", said(&above));
}

#[tokio::test]
async fn a_ledger_is_read_once_it_is_whole_and_not_when_it_was_altered() {
    let platform = Platform::start(1).await.unwrap();
    let mut runner = platform.example(9).await.unwrap();
    let denial = runner.open(CLOSED, "/").await.unwrap().expect(403).unwrap();
    let number = denial.header("x-request-id").to_owned();
    let ledger = platform.data().join("ledger").display().to_string();
    let read = run(&platform, &["ledger", "read", &ledger, "--request", &number]).await;
    assert!(read.status.success(), "{}", said(&read));
    for part in [number.as_str(), "deny read", "no-policy-permits"] {
        assert!(said(&read).contains(part), "{part}: {}", said(&read));
    }
    let all = run(&platform, &["ledger", "read", &ledger, "--json"]).await;
    let lines: Vec<Value> = said(&all).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().enumerate().all(|(at, line)| line["index"] == at), "every entry, seals too");
    let none = run(&platform, &["ledger", "read", &ledger, "--until", "2000-01-01T00:00:00+09:00"]).await;
    assert!(none.status.success() && !said(&none).contains(&number), "{}", said(&none));

    let copy = tempfile::tempdir().unwrap();
    let copied = copy.path().join("ledger");
    let done = Command::new("cp").args(["-r", &ledger]).arg(&copied).status().await.unwrap();
    assert!(done.success());
    let journal = std::fs::read_dir(copied.join("journal")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&journal).unwrap();
    let place = bytes.windows(number.len()).position(|window| window == number.as_bytes()).unwrap();
    bytes[place] ^= 1;
    std::fs::write(&journal, bytes).unwrap();
    let key = platform.data().join("ledger.pub").display().to_string();
    let altered = run(&platform, &["ledger", "read", &copied.display().to_string(), "--key", &key, "--json"]).await;
    assert_eq!(altered.status.code(), Some(65), "{}", said(&altered));
    assert!(altered.stdout.is_empty(), "nothing of it is printed");
}

#[tokio::test]
async fn a_platform_keeps_its_domain_and_its_master_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sekisho.toml");
    let up = async |domain: &str| {
        std::fs::write(&file, format!("data = \"data\"\ndomain = \"{domain}\"\nlisten = \"192.0.2.1:9\"\n")).unwrap();
        let mut command = Command::new(binary().unwrap());
        command.args(["up", "--config"]).arg(&file).output().await.unwrap()
    };
    // Everything is made before the port is bound, which no machine has.
    let first = up("exmple.jp").await;
    assert!(first.status.code() == Some(69) && said(&first).contains("no network interface"), "{}", said(&first));
    // Who mends the name is told what is bound to it, and not that somebody altered the record.
    let renamed = up("example.jp").await;
    assert_eq!(renamed.status.code(), Some(64), "{}", said(&renamed));
    assert!(said(&renamed).contains("`domain`") && said(&renamed).contains("exmple.jp"), "{}", said(&renamed));
    assert!(!said(&renamed).contains("altered"), "{}", said(&renamed));
    std::fs::remove_file(folder.path().join("data/master.key")).unwrap();
    let lost = up("exmple.jp").await;
    assert!(lost.status.code() == Some(64) && said(&lost).contains("master.key is missing"), "{}", said(&lost));
    assert!(!folder.path().join("data/master.key").exists(), "no other key is made in its place");
}

#[tokio::test]
async fn an_agent_learns_its_port_from_the_platform() {
    let port = server_port().unwrap();
    let platform = Platform::start_from(&binary().unwrap(), 1, &format!("agent_port = {port}\n")).await.unwrap();
    let token = platform.command(&["device", "token", "laptop"]).await.unwrap();
    let text = |name: &str| token[name].as_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let enrol =
        ["agent", "enroll", "--server", text("server"), "--pin", text("pin"), "--token", text("token"), "--json"];
    let mut command = Command::new(binary().unwrap());
    let enrolled = command.args(enrol).env("SEKISHO_AGENT", folder.path().join("agent")).output().await.unwrap();
    assert!(enrolled.status.success(), "{}", said(&enrolled));
    let enrolment: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("agent/agent.json")).unwrap()).unwrap();
    assert_eq!(enrolment["agent_port"], port, "{enrolment}");
    // The agent takes that port without being told: where it is taken, it says so.
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let mut command = Command::new(binary().unwrap());
    command.args(["agent", "run"]).env("SEKISHO_AGENT", folder.path().join("agent")).stdin(Stdio::null());
    let output =
        tokio::time::timeout(Duration::from_secs(60), command.kill_on_drop(true).output()).await.unwrap().unwrap();
    assert!(!output.status.success() && said(&output).contains(&format!("127.0.0.1:{port}")), "{}", said(&output));
}

#[tokio::test]
async fn a_fresh_installation_has_a_baseline_of_checks_and_gets_it_once() {
    let mut platform = Platform::start(1).await.unwrap();
    platform.invitation().await.unwrap();
    assert_eq!(baselines(&platform).await, [15]);
    // Nobody can sign in yet, but checks exist: a restart adds none.
    let mut platform = platform.kill_and_restart().await.unwrap();
    platform.invitation().await.unwrap();
    assert_eq!(baselines(&platform).await, [15]);
}

/// How many checks each act that added default checks made, as the ledger records it.
async fn baselines(platform: &Platform) -> Vec<u64> {
    let folder = platform.data().join("ledger").display().to_string();
    let read = run(platform, &["ledger", "read", &folder, "--act", "default-checks-added", "--json"]).await;
    assert!(read.status.success(), "{}", said(&read));
    let lines = String::from_utf8(read.stdout).unwrap();
    let entries = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let count = |entry: Value| {
        let entry = entry.get("entry").cloned().unwrap_or_default();
        let entry = entry.as_str().map_or(entry.clone(), |text| serde_json::from_str(text).unwrap());
        find(&entry, "count").unwrap()
    };
    entries.map(count).collect()
}

/// The number under a name, wherever it stands.
fn find(value: &Value, name: &str) -> Option<u64> {
    let own = value.get(name).and_then(Value::as_u64);
    own.or_else(|| value.as_object()?.values().find_map(|inner| find(inner, name)))
}
