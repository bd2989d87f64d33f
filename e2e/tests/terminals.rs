//! Terminals: signed in through the browser, and tunnels for the real `ssh`, `scp` and `psql`. Each is let through, refused for
//! who is not permitted, and cut in the middle when its permission lapses.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use sekisho_e2e::browser::Browser;
use sekisho_e2e::client::Person;
use sekisho_e2e::platform::{AgentProcess, Demo, Platform, Terminal, binary};
use sekisho_e2e::services::{Postgres, Sshd};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const POLICY: &str = r#"
@id("engineers-use-servers")
@reason("Servers are for engineers, from a compliant device.")
@reason_ja("サーバーは、セキュリティ基準に適合した端末を使うエンジニアだけが利用できます。")
permit (principal in Sekisho::Group::"engineers", action == Sekisho::Action::"connect", resource in Sekisho::Category::"servers")
when { context.session.phishing_resistant && context has device && context.device has compliant && context.device.compliant };
"#;

/// A platform with one service, an engineer with an enrolled machine, and somebody who may nothing.
struct Scene {
    platform: Platform,
    agent: AgentProcess,
    alice: Person,
    mallory: Person,
    forbidden: u16,
}

impl Scene {
    async fn with(service: &str, address: &str) -> Self {
        Self::on(Platform::start(1).await.unwrap(), service, address).await
    }

    async fn on(platform: Platform, service: &str, address: &str) -> Self {
        let forbidden = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let documents = format!(
            "[[group]]\nid = \"engineers\"\nname = \"Engineers\"\n\
             [[user]]\nid = \"alice\"\nname = \"Alice\"\nemployment = \"staff\"\ngroups = [\"engineers\"]\n\
             [[user]]\nid = \"mallory\"\nname = \"Mallory\"\n\
             [[check]]\nid = \"no-forbidden-ports\"\nfact = \"ports.listening\"\nexpect = {{ holds-none = [\"{forbidden}\"] }}\n\
             reason = {{ en = \"A forbidden port is open.\" }}\nremedy = {{ en = \"Close it.\" }}\n\
             [[resource]]\nid = \"{service}\"\nname = {{ en = \"{service}\" }}\nkind = \"tcp\"\naddresses = [\"{address}\"]\n\
             sensitivity = 2\ncategories = [\"servers\"]\n"
        );
        platform.apply(&[("organisation.toml", &documents), ("servers.cedar", POLICY)]).await.unwrap();
        let agent = platform.enrolled("laptop", "alice").await.unwrap();
        let (alice, mallory) =
            (platform.signed_in("alice").await.unwrap(), platform.signed_in("mallory").await.unwrap());
        Self { platform, agent, alice, mallory, forbidden }
    }

    async fn alices_terminal(&mut self) -> Terminal {
        let terminal = self.platform.terminal(Some(&self.agent)).unwrap();
        terminal.login(&mut self.alice).await.unwrap();
        terminal
    }

    async fn mallorys_terminal(&mut self) -> Terminal {
        let terminal = self.platform.terminal(None).unwrap();
        terminal.login(&mut self.mallory).await.unwrap();
        terminal
    }

    /// The record is whole.
    async fn the_record_verifies(&self) {
        let folder = self.platform.data().join("ledger");
        self.platform.command(&["ledger", "verify", &folder.display().to_string()]).await.unwrap();
    }
}

async fn run(command: &mut Command) -> Output {
    timeout(PATIENCE, command.output()).await.expect("in time").unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The first line that a process writes.
async fn first_line(process: &mut Child) -> String {
    let mut lines = BufReader::new(process.stdout.as_mut().unwrap()).lines();
    timeout(PATIENCE, lines.next_line()).await.expect("in time").unwrap().unwrap_or_default()
}

/// Listens on a port, once no connection of others passes through it.
async fn listens(port: u16) -> TcpListener {
    let bound = async {
        loop {
            match TcpListener::bind(("127.0.0.1", port)) {
                Ok(listener) => return listener,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    timeout(PATIENCE, bound).await.expect("in time")
}

/// The end of a process that was cut, and how long it took.
async fn cut_off(mut process: Child, since: Instant) -> (Output, Duration) {
    let _ = timeout(PATIENCE, process.wait()).await.expect("it ends");
    let took = since.elapsed();
    (process.wait_with_output().await.unwrap(), took)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ssh_and_scp_pass_and_are_cut_when_permission_lapses() {
    let sshd = Sshd::start().await.unwrap();
    let mut scene = Scene::with("build-server", &sshd.address()).await;
    let alice = scene.alices_terminal().await;

    // A shell command, and a file there and back.
    let output = run(sshd
        .client("ssh", "build-server", &alice)
        .unwrap()
        .args(["build-server", "echo through the $((40 + 2)) gate"]))
    .await;
    assert_eq!(String::from_utf8_lossy(&output.stdout), "through the 42 gate\n", "{} {}", said(&output), sshd.log());
    let folder = tempfile::tempdir().unwrap();
    let [here, there, back] = ["here", "there", "back"].map(|name| folder.path().join(name).display().to_string());
    let content: Vec<u8> = (0..3_000_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    std::fs::write(&here, &content).unwrap();
    for (from, to) in [(here.clone(), format!("build-server:{there}")), (format!("build-server:{there}"), back.clone())]
    {
        let output = run(sshd.client("scp", "build-server", &alice).unwrap().args([&from, &to])).await;
        assert!(output.status.success(), "{}", said(&output));
    }
    assert_eq!(std::fs::read(&back).unwrap(), content);

    // Not for who is not permitted; the reason and the request are told.
    let mallory = scene.mallorys_terminal().await;
    let output = run(sshd.client("ssh", "build-server", &mallory).unwrap().args(["build-server", "echo no"])).await;
    assert!(!output.status.success() && output.stdout.is_empty(), "{}", said(&output));
    assert!(
        said(&output).contains("No policy permits this") && said(&output).contains("request "),
        "{}",
        said(&output)
    );

    // Cut in the middle when the device falls out of compliance, within seconds and with the reason.
    let mut shell = sshd.client("ssh", "build-server", &alice).unwrap();
    shell.args(["build-server", "echo open; cat /dev/zero"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut shell = shell.spawn().unwrap();
    let mut out = shell.stdout.take().unwrap();
    let mut first = [0; 5];
    timeout(PATIENCE, out.read_exact(&mut first)).await.expect("in time").unwrap();
    assert_eq!(&first, b"open\n");
    let drained = tokio::spawn(async move { tokio::io::copy(&mut out, &mut tokio::io::sink()).await });
    let listener = listens(scene.forbidden).await;
    let (output, took) = cut_off(shell, Instant::now()).await;
    assert!(!output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("the tunnel was cut") && said(&output).contains("device"), "{}", said(&output));
    drained.await.unwrap().unwrap();
    println!("ssh was cut {} ms after a port was opened", took.as_millis());

    // As long as it is so nothing opens; when it is well again, it does.
    let output = run(sshd.client("ssh", "build-server", &alice).unwrap().args(["build-server", "echo no"])).await;
    assert!(!output.status.success(), "{}", said(&output));
    drop(listener);
    scene.platform.becomes_compliant("laptop", true).await.unwrap();
    let output = run(sshd.client("ssh", "build-server", &alice).unwrap().args(["build-server", "echo again"])).await;
    assert_eq!(String::from_utf8_lossy(&output.stdout), "again\n", "{}", said(&output));
    scene.the_record_verifies().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn psql_passes_and_is_cut_when_its_session_is_revoked() {
    let postgres = Postgres::start().await.unwrap();
    let mut scene = Scene::with("payroll-db", &postgres.address()).await;
    let alice = scene.alices_terminal().await;
    let (port, mut forward) = listening(&alice, "payroll-db", "127.0.0.1:0").await;
    let output = run(&mut postgres.psql("127.0.0.1", port, "select sum(n) from generate_series(1, 100000) n")).await;
    assert_eq!(String::from_utf8_lossy(&output.stdout), "5000050000\n", "{}", said(&output));

    // Over a socket that only she can open, too.
    let socket = alice.session().with_file_name(".s.PGSQL.5432");
    let (_, over_socket) = listening(&alice, "payroll-db", &format!("unix:{}", socket.display())).await;
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let folder = socket.parent().unwrap().display().to_string();
    let output = run(&mut postgres.psql(&folder, 5432, "select 'through the socket'")).await;
    assert_eq!(String::from_utf8_lossy(&output.stdout), "through the socket\n", "{}", said(&output));
    drop(over_socket);

    // Not for who is not permitted.
    let mallory = scene.mallorys_terminal().await;
    let (closed, mut refusing) = listening(&mallory, "payroll-db", "127.0.0.1:0").await;
    let output = run(&mut postgres.psql("127.0.0.1", closed, "select 1")).await;
    assert!(!output.status.success() && output.stdout.is_empty(), "{}", said(&output));
    tells(&mut refusing, "No policy permits this").await;

    // Cut in the middle of a query when every session of hers is ended.
    let mut query = postgres.psql("127.0.0.1", port, "select pg_sleep(600)");
    let query = query.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    sees_a_query(&postgres, port).await;
    let since = Instant::now();
    scene.platform.command(&["session", "end", "--user", "alice"]).await.unwrap();
    let (output, took) = cut_off(query, since).await;
    assert!(!output.status.success(), "{}", said(&output));
    tells(&mut forward, "the tunnel was cut (session-ended)").await;
    println!("psql was cut {} ms after its session was ended", took.as_millis());
    let output = run(&mut postgres.psql("127.0.0.1", port, "select 1")).await;
    assert!(!output.status.success(), "{}", said(&output));
    scene.the_record_verifies().await;
}

/// Waits until the long query runs.
async fn sees_a_query(postgres: &Postgres, port: u16) {
    let deadline = Instant::now() + PATIENCE;
    let count = "select count(*) from pg_stat_activity where query like 'select pg_sleep%'";
    while run(&mut postgres.psql("127.0.0.1", port, count)).await.stdout != b"1\n" {
        assert!(Instant::now() < deadline, "the query does not run");
    }
}

/// `sekisho connect --listen`, and the port that it took.
async fn listening(terminal: &Terminal, resource: &str, place: &str) -> (u16, Child) {
    let mut command = terminal.command(&["connect", resource, "--listen", place, "--json"]).unwrap();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let line = first_line(&mut process).await;
    let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"));
    let place = said["listening"].as_str().unwrap().to_owned();
    (place.rsplit(':').next().unwrap().parse().unwrap_or(0), process)
}

/// Reads what a process tells on standard error until those words come.
async fn tells(process: &mut Child, words: &str) -> String {
    let mut lines = BufReader::new(process.stderr.as_mut().unwrap()).lines();
    let mut told = String::new();
    while !told.contains(words) {
        let line = timeout(PATIENCE, lines.next_line()).await.unwrap_or_else(|_| panic!("no `{words}` in: {told}"));
        told.push_str(&line.unwrap().unwrap_or_else(|| panic!("no `{words}` in: {told}")));
        told.push('\n');
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_its_terminals_alone() {
    let postgres = Postgres::start().await.unwrap();
    let mut scene = Scene::with("payroll-db", &postgres.address()).await;

    // Nobody is signed in yet.
    let terminal = scene.platform.terminal(Some(&scene.agent)).unwrap();
    let output = terminal.run(&["connect", "payroll-db"]).await.unwrap();
    assert_eq!(output.status.code(), Some(77), "{}", said(&output));
    assert!(said(&output).contains("sekisho login"));

    // The code opens nothing by itself, and what the person sees names device and address.
    let (code, process) = terminal.begin_login().await.unwrap();
    let page = scene.alice.portal(&format!("/terminal?code={code}")).await.unwrap().expect(200).unwrap();
    assert!(
        page.body.contains(&code) && page.body.contains("laptop") && page.body.contains("127.0.0.1"),
        "{}",
        page.body
    );
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    // Somebody else's device is not approved by whoever happens to have the code.
    let shown = scene.mallory.portal(&format!("/terminal?code={code}")).await.unwrap();
    assert!(!shown.body.contains("/terminal/approve"), "{}", shown.body);
    let token = shown.form_token().unwrap().to_owned();
    let refused = scene.mallory.submit("/terminal/approve", &[("csrf", &token), ("code", &code)]).await.unwrap();
    assert_eq!(refused.status, 403, "{}", refused.body);
    // A form without the page's token changes nothing.
    let forged = scene.alice.submit("/terminal/approve", &[("csrf", "x"), ("code", &code)]).await.unwrap();
    assert_eq!(forged.status, 403);
    let token = page.form_token().unwrap().to_owned();
    scene.alice.submit("/terminal/approve", &[("csrf", &token), ("code", &code)]).await.unwrap().expect(200).unwrap();
    // Once.
    let again = scene.alice.submit("/terminal/approve", &[("csrf", &token), ("code", &code)]).await.unwrap();
    assert_eq!(again.status, 400, "{}", again.body);
    let output = timeout(PATIENCE, process.wait_with_output()).await.expect("in time").unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(std::fs::metadata(terminal.session()).unwrap().permissions().mode() & 0o777, 0o600);

    // The same credential from a machine without the key is nothing.
    let stolen = scene.platform.terminal(None).unwrap();
    let mut session: Value = serde_json::from_slice(&std::fs::read(terminal.session()).unwrap()).unwrap();
    session["trust"] = serde_json::json!({ "authority": std::fs::read_to_string(scene.platform.authority()).unwrap() });
    std::fs::write(stolen.session(), session.to_string()).unwrap();
    std::fs::set_permissions(stolen.session(), std::fs::Permissions::from_mode(0o600)).unwrap();
    let output = stolen.run(&["connect", "payroll-db"]).await.unwrap();
    assert_eq!(output.status.code(), Some(77), "{}", said(&output));
    assert!(output.stdout.is_empty());

    // In the right hands it opens what its person may, and nothing that does not exist.
    speaks_postgres(&terminal).await;
    let output = terminal.run(&["connect", "no-such-service"]).await.unwrap();
    assert_eq!(output.status.code(), Some(77), "{}", said(&output));
    let mut japanese = terminal.command(&["connect", "no-such-service"]).unwrap();
    let output = run(japanese.env("LC_ALL", "ja_JP.UTF-8").stdin(Stdio::null())).await;
    assert!(said(&output).contains("その名前の TCP サービスはありません"), "{}", said(&output));
    // It says what there is for this person, and to others nothing.
    assert!(said(&output).contains("接続できるサービス：payroll-db"), "{}", said(&output));
    let stranger = scene.mallorys_terminal().await;
    let output = stranger.run(&["connect", "no-such-service"]).await.unwrap();
    assert!(said(&output).contains("There is none that you may connect to"), "{}", said(&output));
    assert!(!said(&output).contains("payroll-db"), "{}", said(&output));

    // It ends when its person says so.
    let output = terminal.run(&["logout"]).await.unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(!terminal.session().exists());
    std::fs::write(stolen.session(), session_with_agent(&session, &scene.agent)).unwrap();
    let output = stolen.run(&["connect", "payroll-db"]).await.unwrap();
    assert_eq!(output.status.code(), Some(77), "an ended session opens nothing: {}", said(&output));
}

fn session_with_agent(session: &Value, agent: &AgentProcess) -> String {
    let mut session = session.clone();
    session["trust"] = serde_json::json!({ "agent": agent.folder() });
    session.to_string()
}

/// A tunnel that is still open when the old process ends: its end says that it is one, with the reason.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tunnel_that_outlives_an_upgrade_is_cut_with_the_reason() {
    let service = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = service.local_addr().unwrap().to_string();
    let platform = Platform::start_from(&binary().unwrap(), 1, "drain = \"1s\"\n").await.unwrap();
    let mut scene = Scene::on(platform, "build-server", &address).await;
    let terminal = scene.alices_terminal().await;
    let mut command = terminal.command(&["connect", "build-server"]).unwrap();
    let process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (_open, _) = timeout(PATIENCE, service.accept()).await.expect("in time").unwrap();
    scene.platform.upgrade().await.unwrap();
    let output = timeout(PATIENCE, process.wait_with_output()).await.expect("it ends").unwrap();
    assert_eq!(output.status.code(), Some(75), "{}", said(&output));
    assert!(
        said(&output).contains("gateway-restarted") && said(&output).contains("Connect again"),
        "{}",
        said(&output)
    );
}

/// The same in a real browser, by the buttons of the page.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_approves_a_terminal_in_the_browser() {
    let (browser, demo) = (Browser::launch("en").await.unwrap(), Demo::start().await.unwrap());
    let page = browser.page().await.unwrap();
    page.authenticator().await.unwrap();
    page.go(&demo.link("alice").unwrap()).await.unwrap();
    page.follow("form.passkey[data-ceremony=create] button").await.unwrap();
    let terminal = demo.terminal().unwrap();
    let (code, process) = terminal.begin_login().await.unwrap();
    let address = demo.url("portal", &format!("/terminal?code={code}")).unwrap();
    page.prefer_language("ja").await.unwrap();
    page.go(&address).await.unwrap();
    page.wait_for_text("main", "ターミナルに同じコードが表示されていますか").await.unwrap();
    page.prefer_language("en").await.unwrap();
    page.go(&address).await.unwrap();
    page.wait_for_text("#terminal-code", &code).await.unwrap();
    page.wait_for_text("#terminal-device", "it proved its key").await.unwrap();
    page.wait_for_text("#terminal-address", "127.0.0.1").await.unwrap();
    page.follow("form[action='/terminal/approve'] button").await.unwrap();
    page.wait_for_text(".notice.pass", "The terminal is signed in").await.unwrap();
    let output = timeout(PATIENCE, process.wait_with_output()).await.expect("in time").unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let output = terminal.run(&["logout", "--json"]).await.unwrap();
    assert!(said(&output).contains("true"), "{}", said(&output));
}

/// Asks the server for TLS as PostgreSQL's protocol does; it answers one byte.
async fn speaks_postgres(terminal: &Terminal) {
    let mut command = terminal.command(&["connect", "payroll-db", "--stdio"]).unwrap();
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(&[0, 0, 0, 8, 4, 210, 22, 47]).await.unwrap();
    let mut answer = [0; 1];
    timeout(PATIENCE, process.stdout.as_mut().unwrap().read_exact(&mut answer)).await.expect("in time").unwrap();
    assert!(matches!(&answer, b"N" | b"S"), "{answer:?}");
    drop(stdin);
    let output = timeout(PATIENCE, process.wait_with_output()).await.expect("in time").unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_sign_in_gives_nothing_and_a_listener_is_not_everybodys() {
    let mut scene = Scene::with("payroll-db", "127.0.0.1:9").await;
    let terminal = scene.platform.terminal(Some(&scene.agent)).unwrap();
    let (code, process) = terminal.begin_login().await.unwrap();
    let page = scene.alice.portal(&format!("/terminal?code={code}")).await.unwrap().expect(200).unwrap();
    let token = page.form_token().unwrap().to_owned();
    scene.alice.submit("/terminal/refuse", &[("csrf", &token), ("code", &code)]).await.unwrap().expect(200).unwrap();
    let output = timeout(PATIENCE, process.wait_with_output()).await.expect("in time").unwrap();
    assert_eq!(output.status.code(), Some(77), "{}", said(&output));
    assert!(!terminal.session().exists());

    terminal.login(&mut scene.alice).await.unwrap();
    let output = terminal.run(&["connect", "payroll-db", "--listen", "0.0.0.0:0"]).await.unwrap();
    assert_eq!(output.status.code(), Some(64), "{}", said(&output));
    assert!(said(&output).contains("--expose"));
    // The service is not there: that is said as such.
    let output = terminal.run(&["connect", "payroll-db"]).await.unwrap();
    assert_eq!(output.status.code(), Some(69), "{}", said(&output));
    another_user_gets_nothing(&terminal).await;
}

/// TUN-14: the forward of one user, from a program of another user of the machine. Needs root to become another.
async fn another_user_gets_nothing(terminal: &Terminal) {
    use std::os::unix::fs::MetadataExt;
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return;
    }
    let (port, mut forward) = listening(terminal, "payroll-db", "127.0.0.1:0").await;
    let ask = format!("exec 3<>/dev/tcp/127.0.0.1/{port}; cat <&3");
    let mut other = Command::new("bash");
    other.args(["-c", &ask]).uid(65_534).gid(65_534).current_dir("/").stdin(Stdio::null());
    let output = run(&mut other).await;
    assert!(output.stdout.is_empty());
    // Whoever has gone already when they are looked at is nobody, and not the user 0.
    let id = forward.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::STOP).unwrap();
    let hasty = format!("for n in 1 2 3; do exec 3<>/dev/tcp/127.0.0.1/{port}; printf x >&3; exec 3>&-; done");
    let mut other = Command::new("bash");
    other.args(["-c", &hasty]).uid(65_534).gid(65_534).current_dir("/").stdin(Stdio::null());
    run(&mut other).await;
    rustix::process::kill_process(id, rustix::process::Signal::CONT).unwrap();
    // Her own connection is tried with the gateway, and told of; the other's was not.
    let mut own = Command::new("bash");
    run(own.args(["-c", &ask]).stdin(Stdio::null())).await;
    tells(&mut forward, "cannot be reached").await;
    forward.kill().await.unwrap();
    let rest = forward.wait_with_output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&rest.stderr).matches("cannot be reached").count(), 0, "one was tried, not two");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_speaks_for_its_person_at_the_api_of_its_own_platform() {
    let mut scene = Scene::with("payroll-db", "127.0.0.1:9").await;
    let portal = format!("https://portal.localhost:{}", scene.platform.port());
    let (alices, mallorys) = (scene.alices_terminal().await, scene.mallorys_terminal().await);
    for (terminal, person) in [(&alices, "alice"), (&mallorys, "mallory")] {
        let output = terminal.run(&["whoami", "--json", "--server", &portal]).await.unwrap();
        assert!(output.status.success() && said(&output).contains(person), "{}", said(&output));
        let output = terminal.run(&["user", "disable", "mallory", "--server", &portal]).await.unwrap();
        assert_eq!(output.status.code(), Some(77), "{}", said(&output));
    }
    // What they may reach is what a tunnel opens, and what is not for them is no permit.
    for (terminal, is_permitted) in [(&alices, true), (&mallorys, false)] {
        let output = terminal.run(&["resources", "--json", "--server", &portal]).await.unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let rows: Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = rows.as_array().unwrap().iter().find(|row| row["id"] == "payroll-db");
        assert_eq!(found.is_some_and(|row| row["outcome"] == "permit"), is_permitted, "{rows}");
    }
    let output = alices.run(&["resources", "--server", &portal]).await.unwrap();
    assert!(said(&output).contains("sekisho connect payroll-db"), "{}", said(&output));
    // The session of one machine says nothing on another, and one of another platform is not shown at all.
    std::fs::copy(alices.session(), mallorys.session()).unwrap();
    let kept: Value = serde_json::from_slice(&std::fs::read(alices.session()).unwrap()).unwrap();
    let mut stolen = kept.clone();
    stolen["trust"] = serde_json::json!({ "authority": std::fs::read_to_string(scene.platform.authority()).unwrap() });
    std::fs::write(mallorys.session(), stolen.to_string()).unwrap();
    let output = mallorys.run(&["whoami", "--server", &portal]).await.unwrap();
    assert_eq!(output.status.code(), Some(77), "{}", said(&output));
    let output = alices.run(&["whoami", "--server", "https://portal.localhost:1"]).await.unwrap();
    assert!(
        output.status.code() == Some(77) && said(&output).contains(portal.trim_start_matches("https://")),
        "{}",
        said(&output)
    );
}
