//! Signing in with an OpenID provider that nobody here wrote, in a real browser: what is let in, and beside it what is refused.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod provider;

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use provider::Provider;
use sekisho_e2e::browser::{Browser, Page};
use sekisho_e2e::client::Person;
use sekisho_e2e::origin::Streams;
use sekisho_e2e::platform::Platform;
use serde_json::{Value, json};

const PORTAL: &str = "portal.localhost";
const NOTES: &str = "notes.localhost";
const VAULT: &str = "vault.localhost";
const SECRET: &str = "a secret of 40 characters / with + signs";

const DOCUMENTS: &str = "[[group]]
id = \"engineers\"
name = \"Engineers\"
[[user]]
id = \"alice\"
name = \"Alice\"
employment = \"staff\"
[[user]]
id = \"bob\"
name = \"Bob\"
email = \"alice@example.jp\"
";

/// The notes are for engineers of the lab, as the provider's claims say; the vault is for several factors.
const POLICY: &str = "@id(\"notes\")
permit (principal in Sekisho::Group::\"engineers\", action, resource == Sekisho::Resource::\"notes\")
when { principal has department && principal.department == \"Lab\" };
@id(\"vault\")
permit (principal in Sekisho::Group::\"engineers\", action, resource == Sekisho::Resource::\"vault\")
when { context.session.assurance >= 2 && context.session.methods.contains(\"federated-mfa\") };
";

/// A platform with two applications and a provider, in whose browser nobody is signed in.
struct Scene {
    platform: Platform,
    page: Page,
    browser: Browser,
    provider: Provider,
}

impl Scene {
    async fn start() -> Self {
        let platform = Platform::start(1).await.unwrap();
        let provider = Provider::start(platform.port(), "acme").await.unwrap();
        let origin = Streams::serve("<h1 id=here>Notes</h1>").await.unwrap();
        let resource = |id: &str, host: &str| {
            format!(
                "[[resource]]\nid = \"{id}\"\nname = {{ en = \"{id}\" }}\nhost = \"{host}\"\n\
                 upstream = \"http://127.0.0.1:{}\"\n",
                origin.port()
            )
        };
        let documents = [
            DOCUMENTS.to_owned(),
            resource("notes", NOTES),
            resource("vault", VAULT),
            provider.document("acme", "Acme"),
        ];
        platform.apply(&[("all.toml", &documents.concat()), ("all.cedar", POLICY)]).await.unwrap();
        let operator = sekisho_e2e::platform::binary().unwrap();
        let mut command = std::process::Command::new(operator);
        command.args(["identity-provider", "set-secret", "acme", "--data"]).arg(platform.data());
        let mut process =
            command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn().unwrap();
        std::io::Write::write_all(&mut process.stdin.take().unwrap(), SECRET.as_bytes()).unwrap();
        assert!(process.wait().unwrap().success());
        let browser = Browser::launch("en").await.unwrap();
        let page = browser.page().await.unwrap();
        Self { platform, page, browser, provider }
    }

    fn url(&self, host: &str, path: &str) -> String {
        format!("https://{host}:{}{path}", self.platform.port())
    }

    /// Links a subject at the provider to an account. Returns the link.
    async fn link(&self, user: &str, subject: &str) -> String {
        let command = ["identity-provider", "link", user, "--provider", "acme", "--subject", subject];
        let linked = self.platform.command(&command).await.unwrap();
        linked.get("id").and_then(Value::as_str).unwrap().to_owned()
    }

    /// Asks for a page, goes to the provider by the link of the sign-in page, and says there who one is.
    async fn sign_in(&self, host: &str, login: &str) {
        // The provider remembers nobody: it asks again who one is.
        for cookie in ["_session", "_session.sig"] {
            self.page.forget_cookie(&self.provider.issuer, cookie).await.unwrap();
        }
        self.page.go(&self.url(host, "/")).await.unwrap();
        self.page.follow("a[href^='/sign-in/with/acme']").await.unwrap();
        self.vouched(login).await;
    }

    async fn vouched(&self, login: &str) {
        self.page.wait_for("#login").await.unwrap();
        self.page.fill("#login", login).await.unwrap();
        self.page.click("#go").await.unwrap();
    }

    /// The page that says why nobody is signed in.
    async fn refused(&self, words: &str) -> String {
        self.page.wait_for_text("main", words).await.unwrap()
    }

    /// The refusals that are recorded, by their codes.
    async fn recorded(&self, act: &str) -> Vec<Value> {
        let all = self.platform.command(&["act", "list", "--limit", "200"]).await.unwrap();
        let acts = all.as_array().cloned().unwrap_or_default();
        let is_it = |one: &&Value| one.pointer("/act/act").and_then(Value::as_str) == Some(act);
        acts.iter().filter(is_it).filter_map(|one| one.pointer("/act/detail").cloned()).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i31_a_linked_subject_signs_in_with_its_claims_and_loses_all_with_the_link() {
    let scene = Scene::start().await;
    let link = scene.link("alice", "alice-engineer").await;
    scene.sign_in(NOTES, "alice-engineer").await;
    scene.page.wait_for("#here").await.unwrap();
    // One factor at the provider: the vault asks for more.
    scene.page.go(&scene.url(VAULT, "/")).await.unwrap();
    assert!(scene.page.text("#here").await.unwrap().is_none());
    let user = scene.platform.command(&["user", "show", "alice"]).await.unwrap()["document"]["body"].clone();
    assert_eq!((&user["groups"], &user["department"]), (&json!(["engineers"]), &json!("Lab")), "{user}");

    let mut person: Person = scene.platform.person().unwrap();
    for (name, value) in scene.page.cookies(&scene.url(NOTES, "/")).await.unwrap() {
        person.plant_cookie(NOTES, &name, &value);
    }
    let mut socket = person.socket(NOTES, "/socket").await.unwrap();
    assert!(socket.next().await.unwrap().is_ok());
    let began = Instant::now();
    let unlinked = scene.platform.command(&["identity-provider", "unlink", "alice", &link]).await.unwrap();
    assert_eq!(unlinked["sessions_ended"], 1, "{unlinked}");
    while let Some(Ok(message)) = socket.next().await {
        if message.is_close() {
            break;
        }
    }
    assert!(began.elapsed() < Duration::from_secs(5), "the stream was cut after {:?}", began.elapsed());
    scene.page.go(&scene.url(NOTES, "/")).await.unwrap();
    scene.page.wait_for("a[href^='/sign-in/with/acme']").await.unwrap();
    assert_eq!(scene.recorded("identity-unlinked").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_factors_at_the_provider_open_what_asks_for_them() {
    let scene = Scene::start().await;
    scene.link("alice", "mfa-engineer").await;
    scene.sign_in(VAULT, "mfa-engineer").await;
    scene.page.wait_for("#here").await.unwrap();
    // Claims without the group take it away at the next sign-in.
    scene.link("alice", "mfa-guest").await;
    scene.page.go(&scene.url(PORTAL, "/")).await.unwrap();
    scene.page.follow("form[action='/sign-out'] button").await.unwrap();
    scene.sign_in(PORTAL, "mfa-guest").await;
    scene.page.wait_for("form[action='/sign-out']").await.unwrap();
    let user = scene.platform.command(&["user", "show", "alice"]).await.unwrap()["document"]["body"].clone();
    assert_eq!(user["groups"], json!([]), "{user}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i30_only_a_link_opens_an_account() {
    let scene = Scene::start().await;
    // The name of an account, and the mail address of another: neither is a link.
    scene.sign_in(PORTAL, "alice").await;
    let said = scene.refused("no account here is linked").await;
    assert!(said.contains("alice"), "the person reads the subject: {said}");
    let failed = scene.recorded("sign-in-failed").await;
    assert_eq!((&failed[0]["why"], &failed[0]["subject"]), (&json!("unlinked"), &json!("alice")), "{failed:?}");
    // A linked subject whose account is disabled is refused, as its neighbour above is let in.
    scene.link("alice", "alice").await;
    scene.platform.command(&["user", "disable", "alice"]).await.unwrap();
    scene.sign_in(PORTAL, "alice").await;
    scene.page.wait_for_text("main", "is not right").await.unwrap();
    // And nobody else's account takes the subject over.
    let again = ["identity-provider", "link", "bob", "--provider", "acme", "--subject", "alice"];
    assert!(scene.platform.command(&again).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i33_tokens_for_others_and_answers_of_others_are_refused() {
    let scene = Scene::start().await;
    for subject in ["wrong-aud", "wrong-nonce", "alice-engineer"] {
        scene.link("alice", subject).await;
    }
    for (login, rule) in [("wrong-aud", "audience"), ("wrong-nonce", "nonce")] {
        scene.sign_in(PORTAL, login).await;
        scene.refused("does not belong to this sign-in").await;
        let refused = scene.recorded("federated-sign-in-refused").await;
        assert!(refused.iter().any(|one| one["why"].as_str().unwrap().contains(rule)), "{refused:?}");
    }
    // The same subject's neighbour is let in.
    scene.sign_in(PORTAL, "alice-engineer").await;
    scene.page.wait_for("form[action='/sign-out']").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i33_an_answer_of_another_issuer_and_a_used_code_are_refused() {
    let scene = Scene::start().await;
    for subject in ["wrong-iss", "no-iss", "replay", "alice-engineer"] {
        scene.link("alice", subject).await;
    }
    for login in ["wrong-iss", "no-iss"] {
        scene.sign_in(PORTAL, login).await;
        scene.refused("does not belong to this sign-in").await;
    }
    scene.sign_in(PORTAL, "alice-engineer").await;
    scene.page.wait_for("form[action='/sign-out']").await.unwrap();
    scene.page.follow("form[action='/sign-out'] button").await.unwrap();
    // The provider's next answer carries the code that has just served.
    scene.sign_in(PORTAL, "replay").await;
    scene.refused("does not belong to this sign-in").await;
    let codes: Vec<Value> =
        scene.recorded("federated-sign-in-refused").await.iter().map(|detail| detail["code"].clone()).collect();
    assert_eq!(codes, [json!("code-rejected"), json!("other-issuer"), json!("other-issuer")], "newest first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i12_an_answer_counts_once_at_its_provider_and_in_its_browser() {
    let scene = Scene::start().await;
    let other = Provider::start(scene.platform.port(), "other").await.unwrap();
    scene.platform.apply(&[("other.toml", &other.document("other", "Other"))]).await.unwrap();
    scene.link("alice", "held-engineer").await;
    scene.sign_in(PORTAL, "held-engineer").await;
    let answer = scene.page.wait_for_text("body", "/callback?code=").await.unwrap();
    let answer = answer.trim().to_owned();
    // Mix-up: the answer of one provider at the address of another. Its code is sent nowhere, as the end of this test shows.
    scene.page.go(&answer.replace("/with/acme/", "/with/other/")).await.unwrap();
    scene.refused("has expired, was completed already").await;
    // Another browser holds no redirection.
    let stranger = scene.browser.stranger().await.unwrap();
    stranger.go(&answer).await.unwrap();
    stranger.wait_for_text("main", "has expired, was completed already").await.unwrap();
    scene.page.go(&answer).await.unwrap();
    scene.page.wait_for_url("the portal", |url| url.starts_with(&scene.url(PORTAL, "/"))).await.unwrap();
    scene.page.wait_for("form[action='/sign-out']").await.unwrap();
    // And once only.
    scene.page.go(&answer).await.unwrap();
    scene.refused("has expired, was completed already").await;
}
