//! Access for a time: requested from the page of a denial, approved by somebody whom a policy names and by nobody else, and cut when it
//! ends. In two browsers, and with the real `ssh`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use sekisho_e2e::browser::{Browser, Page};
use sekisho_e2e::client::Person;
use sekisho_e2e::origin::Origin;
use sekisho_e2e::platform::{Platform, Terminal};
use sekisho_e2e::services::Sshd;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::timeout;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const POLICIES: &str = r#"
@id("engineers-with-a-grant")
@reason("Engineers use this for a time that somebody approved.")
permit (principal in Sekisho::Group::"engineers", action in [Sekisho::Action::"connect", Sekisho::Action::"read"], resource in Sekisho::Category::"critical")
when { context has grant };
@id("leads-approve")
permit (principal in Sekisho::Group::"leads", action == Sekisho::Action::"approve", resource in Sekisho::Category::"critical")
when { context.session.phishing_resistant };
@id("leads-use-it-with-a-grant-too")
permit (principal in Sekisho::Group::"leads", action in [Sekisho::Action::"connect", Sekisho::Action::"read"], resource in Sekisho::Category::"critical")
when { context has grant };
"#;

/// A server and an archive that need a grant; alice and carol, who ask, and bob, who approves.
async fn place(ssh: &str, archive: &str) -> Platform {
    let platform = Platform::start(1).await.unwrap();
    let documents = format!(
        "[[group]]\nid = \"engineers\"\nname = \"Engineers\"\n[[group]]\nid = \"leads\"\nname = \"Leads\"\n\
         [[user]]\nid = \"alice\"\nname = \"Alice\"\ngroups = [\"engineers\"]\n\
         [[user]]\nid = \"carol\"\nname = \"Carol\"\ngroups = [\"engineers\"]\n\
         [[user]]\nid = \"bob\"\nname = \"Bob\"\ngroups = [\"leads\"]\n\
         [[user]]\nid = \"mallory\"\nname = \"Mallory\"\n\
         [[resource]]\nid = \"build-server\"\nname = {{ en = \"Build server\" }}\nkind = \"tcp\"\naddresses = [\"{ssh}\"]\ncategories = [\"critical\"]\n\
         [[resource]]\nid = \"archive\"\nname = {{ en = \"Archive\", ja = \"保管庫\" }}\nhost = \"archive.localhost\"\nupstream = \"http://{archive}\"\ncategories = [\"critical\"]\n"
    );
    platform.apply(&[("organisation.toml", &documents), ("critical.cedar", POLICIES)]).await.unwrap();
    platform
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A person's terminal, and the portal's address for its commands.
struct Desk {
    terminal: Terminal,
    portal: String,
}

impl Desk {
    async fn of(platform: &Platform, person: &mut Person) -> Self {
        let terminal = platform.terminal(None).unwrap();
        terminal.login(person).await.unwrap();
        Self { terminal, portal: format!("https://portal.localhost:{}", platform.port()) }
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let arguments = [&["access-request"], arguments, &["--json", "--server", &self.portal]].concat();
        self.terminal.run(&arguments).await.unwrap()
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments).await;
        assert!(output.status.success(), "{}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    async fn refused(&self, arguments: &[&str], words: &str) {
        let output = self.run(arguments).await;
        assert!(!output.status.success() && said(&output).contains(words), "{words}: {}", said(&output));
    }
}

async fn ssh(sshd: &Sshd, desk: &Desk, script: &str) -> Output {
    let mut command = sshd.client("ssh", "build-server", &desk.terminal).unwrap();
    timeout(PATIENCE, command.args(["build-server", script]).output()).await.expect("in time").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i40_i41_an_ssh_session_opens_by_the_approval_of_somebody_else_and_dies_at_its_expiry() {
    let sshd = Sshd::start().await.unwrap();
    let platform = place(&sshd.address(), "127.0.0.1:9").await;
    let (mut alice, mut bob) = (platform.signed_in("alice").await.unwrap(), platform.signed_in("bob").await.unwrap());
    let mut carol = platform.signed_in("carol").await.unwrap();
    let (alice, bob) = (Desk::of(&platform, &mut alice).await, Desk::of(&platform, &mut bob).await);
    let carol = Desk::of(&platform, &mut carol).await;

    // Refused, with the way to ask.
    let output = ssh(&sshd, &alice, "echo no").await;
    assert!(!output.status.success() && said(&output).contains("/request/build-server"), "{}", said(&output));

    // A reason and an end are needed, and nobody asks for what no grant would open.
    alice.refused(&["ask", "build-server", "--for", "25h", "--reason", "release"], "at most 24h").await;
    alice.refused(&["ask", "build-server", "--for", "1h", "--reason", " "], "reason").await;
    alice.refused(&["ask", "no-such-thing", "--for", "1h", "--reason", "release"], "no resource").await;
    let asked = alice.json(&["ask", "build-server", "--for", "25s", "--reason", "release 2.4"]).await;
    let id = asked["id"].as_str().unwrap();
    assert_eq!((asked["state"].as_str(), asked["until"].as_str()), (Some("open"), None), "{asked}");
    alice.refused(&["ask", "build-server", "--for", "1h", "--reason", "again"], "open request").await;

    // Not by oneself, not by a colleague whom no policy names, not by the operator, and a lead approves no request of their own.
    alice.refused(&["approve", id], "of their own").await;
    carol.refused(&["approve", id], "no policy permits you to approve").await;
    carol.refused(&["withdraw", id], "no such request").await;
    assert!(
        platform.command(&["access-request", "approve", id]).await.is_err(),
        "the operator is nobody whom a policy names"
    );
    let own = bob.json(&["ask", "build-server", "--for", "1h", "--reason", "maintenance"]).await;
    bob.refused(&["approve", own["id"].as_str().unwrap()], "of their own").await;
    assert!(!ssh(&sshd, &alice, "echo no").await.status.success(), "nothing is granted yet");

    // The time starts at the approval. It may be used again within its time, and what is open is cut when it ends.
    let approved = bob.json(&["approve", id]).await;
    let began = Instant::now();
    assert_eq!((approved["state"].as_str(), approved["by"].as_str()), (Some("live"), Some("bob")), "{approved}");
    for _ in 0..2 {
        let output = ssh(&sshd, &alice, "echo opened").await;
        assert_eq!(String::from_utf8_lossy(&output.stdout), "opened\n", "{}", said(&output));
    }
    let mut shell = sshd.client("ssh", "build-server", &alice.terminal).unwrap();
    shell.args(["build-server", "echo open; cat /dev/zero"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    cut_at_expiry(shell, began, Duration::from_secs(25)).await;
    assert!(!ssh(&sshd, &alice, "echo no").await.status.success(), "it ended");
    bob.refused(&["approve", id], "not open any more").await;

    // A refusal says why; what is withdrawn is over.
    let asked = alice.json(&["ask", "build-server", "--for", "1h", "--reason", "once more"]).await;
    let id = asked["id"].as_str().unwrap();
    let refused = bob.json(&["refuse", id, "--why", "the release is done"]).await;
    assert_eq!(refused["why"].as_str(), Some("the release is done"));
    let mine = alice.json(&["list", "--own"]).await;
    let states: Vec<&str> = mine.as_array().unwrap().iter().filter_map(|one| one["state"].as_str()).collect();
    assert_eq!(states, ["refused", "ended"], "{mine}");
    alice.refused(&["list"], "access-requests-read").await;
    let all = platform.command(&["access-request", "list", "--state", "open"]).await.unwrap();
    assert_eq!(all.as_array().map(Vec::len), Some(1), "bob's own: {all}");

    // Each step is in the record, which is whole.
    let acts = platform.command(&["act", "list", "--limit", "50"]).await.unwrap().to_string();
    for act in ["access-requested", "access-request-approved", "access-request-refused"] {
        assert!(acts.contains(act), "{act}: {acts}");
    }
    let folder = platform.data().join("ledger");
    platform.command(&["ledger", "verify", &folder.display().to_string()]).await.unwrap();
}

/// The process opens, and ends when the grant ends.
async fn cut_at_expiry(mut command: Command, began: Instant, life: Duration) {
    let mut shell = command.spawn().unwrap();
    let mut out = shell.stdout.take().unwrap();
    let mut first = [0; 5];
    timeout(PATIENCE, out.read_exact(&mut first)).await.expect("in time").unwrap();
    assert_eq!(&first, b"open\n");
    let drained = tokio::spawn(async move { tokio::io::copy(&mut out, &mut tokio::io::sink()).await });
    let output = timeout(PATIENCE, shell.wait_with_output()).await.expect("it ends").unwrap();
    let late = began.elapsed().saturating_sub(life);
    assert!(!output.status.success() && said(&output).contains("the tunnel was cut"), "{}", said(&output));
    assert!(late < Duration::from_secs(5), "cut {} ms after the end", late.as_millis());
    drained.await.unwrap().unwrap();
}

/// A browser of a person with a passkey of its own.
async fn browser_of(platform: &Platform, browser: &Browser, user: &str) -> Page {
    let link = platform.command(&["user", "link", user]).await.unwrap();
    let page = browser.stranger().await.unwrap();
    page.authenticator().await.unwrap();
    page.go(link["url"].as_str().unwrap()).await.unwrap();
    page.follow("form.passkey[data-ceremony=create] button").await.unwrap();
    page
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i40_a_denial_leads_to_a_request_that_another_browser_approves() {
    let origin = Origin::serve(&[("/", "<h1>Archive</h1>")]).await.unwrap();
    let platform = place("127.0.0.1:9", &format!("127.0.0.1:{}", origin.port())).await;
    let browser = Browser::launch("en").await.unwrap();
    let (alice, bob) = (browser_of(&platform, &browser, "alice").await, browser_of(&platform, &browser, "bob").await);
    let carol = browser_of(&platform, &browser, "carol").await;
    let url = |host: &str, path: &str| format!("https://{host}.localhost:{}{path}", platform.port());

    // From the page of the denial to the form, and from there to my requests.
    alice.go(&url("archive", "/")).await.unwrap();
    alice.wait_for_text("#en h1", "Access was denied").await.unwrap();
    let way = alice.evaluate("document.querySelector(\"#en a[href*='/request/']\").href").await.unwrap();
    assert_eq!(way.as_str(), Some(url("portal", "/request/archive").as_str()));
    alice.go(way.as_str().unwrap()).await.unwrap();
    alice.fill("#reason", "the audit of March").await.unwrap();
    alice.follow("form[action='/request/archive'] button").await.unwrap();
    alice.wait_for_text("main", "Open").await.unwrap();
    alice.wait_for_text("main", "the audit of March").await.unwrap();

    // A colleague sees nothing of it; the approver sees it and answers.
    carol.go(&url("portal", "/requests")).await.unwrap();
    assert!(!carol.text("main").await.unwrap().unwrap().contains("the audit of March"));
    bob.go(&url("portal", "/requests")).await.unwrap();
    bob.wait_for_text("main", "Alice").await.unwrap_or_default();
    bob.wait_for_text("main", "the audit of March").await.unwrap();
    bob.follow("form[action$='/approve'] button").await.unwrap();
    bob.wait_for_text(".notice", "was approved").await.unwrap();

    // It opens, and when it is given back it closes.
    alice.go(&url("archive", "/")).await.unwrap();
    assert_eq!(alice.url().await.unwrap(), url("archive", "/"));
    assert!(alice.text("#en h1").await.unwrap().is_none(), "it opened");
    carol.go(&url("archive", "/")).await.unwrap();
    carol.wait_for_text("#en h1", "Access was denied").await.unwrap();
    alice.go(&url("portal", "/requests")).await.unwrap();
    alice.wait_for_text("main", "In force").await.unwrap();
    alice.follow("form[action$='/withdraw'] button").await.unwrap();
    alice.wait_for_text("main", "Withdrawn").await.unwrap();
    alice.go(&url("archive", "/")).await.unwrap();
    alice.wait_for_text("#en h1", "Access was denied").await.unwrap();
}
