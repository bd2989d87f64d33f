//! The platform as OpenID provider of an application that nobody here wrote, in a real browser: what signs in, and beside it what is refused.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod relying_party;

use relying_party::RelyingParty;
use sekisho_e2e::browser::{Browser, Page};
use sekisho_e2e::client::{Answer, Person};
use sekisho_e2e::peer::server_port;
use sekisho_e2e::platform::Platform;
use serde_json::{Value, json};

const PASSWORD: &str = "a lantern over the seventh bridge";
/// A verifier and its challenge: the example of RFC 7636.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const DOCUMENTS: &str = "[[group]]
id = \"staff\"
name = \"Staff\"
[[user]]
id = \"alice\"
name = \"Alice\"
email = \"alice@example.jp\"
groups = [\"staff\"]
[[user]]
id = \"bob\"
name = \"Bob\"
[[resource]]
id = \"notes\"
name = { en = \"The notes\" }
host = \"notes.localhost\"
upstream = \"http://127.0.0.1:9\"
sensitivity = 1
";

const POLICY: &str = "@id(\"notes\")
permit (principal in Sekisho::Group::\"staff\", action, resource == Sekisho::Resource::\"notes\");
";

/// The same, for those who signed in with a passkey alone.
const STRONGER: &str = "@id(\"notes\")
permit (principal in Sekisho::Group::\"staff\", action, resource == Sekisho::Resource::\"notes\")
when { context.session.phishing_resistant };
";

/// A platform with a registered application that runs, and another that does not.
struct Scene {
    platform: Platform,
    application: RelyingParty,
    secret: String,
}

impl Scene {
    async fn start() -> Self {
        let platform = Platform::start(1).await.unwrap();
        let port = server_port().unwrap();
        let client = |id: &str, more: &str| {
            format!(
                "[[client]]\nid = \"{id}\"\nname = \"{id}\"\nresource = \"notes\"\n\
                 redirect_uris = [\"http://127.0.0.1:{port}/cb\"]\n{more}\n"
            )
        };
        let more = format!(
            "post_logout_redirect_uris = [\"http://127.0.0.1:{port}/out\"]\n\
             scopes = [\"profile\", \"email\", \"groups\", \"offline_access\"]\n"
        );
        let clients = [client("app", &more), client("other", "confidential = false")].concat();
        let documents = [DOCUMENTS, &clients].concat();
        platform.apply(&[("all.toml", &documents), ("all.cedar", POLICY)]).await.unwrap();
        let made = platform.command(&["client", "make-secret", "app"]).await.unwrap();
        let secret = made.get("client_secret").and_then(Value::as_str).unwrap().to_owned();
        let application = RelyingParty::start(&platform, port, "app", &secret).await.unwrap();
        Self { platform, application, secret }
    }

    fn portal(&self, path: &str) -> String {
        format!("https://portal.localhost:{}{path}", self.platform.port())
    }

    /// A tab of somebody who has a passkey and a password, and has signed out.
    async fn tab(&self, browser: &Browser, user: &str) -> Page {
        let page = browser.page().await.unwrap();
        page.authenticator().await.unwrap();
        let link = self.platform.command(&["user", "link", user]).await.unwrap();
        page.go(link.get("url").and_then(Value::as_str).unwrap()).await.unwrap();
        page.follow("form.passkey[data-ceremony=create] button").await.unwrap();
        page.go(&self.portal("/methods")).await.unwrap();
        page.fill("form[action='/methods/password'] input[name=new]", PASSWORD).await.unwrap();
        page.follow("form[action='/methods/password'] button").await.unwrap();
        page.wait_for(".notice.pass").await.unwrap();
        page.follow("form[action='/sign-out'] button").await.unwrap();
        page
    }

    /// What the application saw at one of its pages.
    async fn seen(&self, page: &Page, path: &str) -> Value {
        page.go(&self.application.url(path)).await.unwrap();
        seen(page).await
    }

    /// The address of a request for a code, with other parameters.
    fn authorize(&self, more: &[(&str, &str)]) -> String {
        let redirect = self.application.url("/cb");
        let mut all = vec![
            ("client_id", "app"),
            ("redirect_uri", redirect.as_str()),
            ("response_type", "code"),
            ("scope", "openid email offline_access"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("state", "here"),
        ];
        for (name, value) in more {
            all.retain(|(known, _)| known != name);
            all.push((name, value));
        }
        let all: Vec<String> = all.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.portal(&format!("/openid/authorize?{}", all.join("&")))
    }

    /// A code for somebody.
    async fn code(&self, person: &mut Person, more: &[(&str, &str)]) -> String {
        let answer = person.ask(&self.authorize(more), &[]).await.unwrap();
        parameter(&answer, "code").unwrap_or_else(|| panic!("no code: {} {}", answer.status, answer.header("location")))
    }

    /// What the token endpoint answers to a form.
    async fn token(&self, form: &[(&str, &str)]) -> Value {
        use http_body_util::BodyExt as _;
        let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = http::Request::post("/openid/token")
            .header("Host", format!("portal.localhost:{}", self.platform.port()))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(http_body_util::Full::new(bytes::Bytes::from(body.join("&"))))
            .unwrap();
        let mut connection = self.platform.connector().unwrap().keep("portal.localhost").await.unwrap();
        let answer = connection.send(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&answer).unwrap()
    }

    /// The same for a code, with other fields.
    async fn redeem(&self, code: &str, more: &[(&str, &str)]) -> Value {
        let redirect = self.application.url("/cb");
        let mut all = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect.as_str()),
            ("code_verifier", VERIFIER),
            ("client_id", "app"),
            ("client_secret", self.secret.as_str()),
        ];
        for (name, value) in more {
            all.retain(|(known, _)| known != name);
            all.push((name, value));
        }
        all.retain(|(_, value)| !value.is_empty());
        self.token(&all).await
    }

    /// The acts of that code that are recorded, newest first.
    async fn recorded(&self, act: &str) -> Vec<Value> {
        let all = self.platform.command(&["act", "list", "--limit", "200"]).await.unwrap();
        let acts = all.as_array().cloned().unwrap_or_default();
        let is_it = |one: &&Value| one.pointer("/act/act").and_then(Value::as_str) == Some(act);
        acts.iter().filter(is_it).filter_map(|one| one.get("act").cloned()).collect()
    }
}

async fn seen(page: &Page) -> Value {
    page.wait_for("#seen").await.unwrap();
    serde_json::from_str(&page.text("#seen").await.unwrap().unwrap()).unwrap()
}

async fn by_password(page: &Page, user: &str) {
    page.wait_for("form.fields #password").await.unwrap();
    page.fill("#user", user).await.unwrap();
    page.fill("#password", PASSWORD).await.unwrap();
    page.click("form.fields button[type=submit]").await.unwrap();
}

/// A parameter of the address that an answer leads to.
fn parameter(answer: &Answer, name: &str) -> Option<String> {
    let (_, query) = answer.header("location").split_once('?')?;
    let found = query.split('&').find_map(|part| part.strip_prefix(&format!("{name}=")));
    found.map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i71_a_person_signs_in_at_an_application_until_the_session_ends() {
    let scene = Scene::start().await;
    let browser = Browser::launch("en").await.unwrap();
    let page = scene.tab(&browser, "alice").await;
    page.go(&scene.application.url("/login")).await.unwrap();
    by_password(&page, "alice").await;
    let first = seen(&page).await;
    let (claims, userinfo) = (&first["claims"], &first["userinfo"]);
    assert_eq!((&claims["sub"], &claims["acr"]), (&json!("alice"), &json!("urn:sekisho:assurance:1")), "{first}");
    assert_eq!(claims["amr"], json!(["pwd"]), "{first}");
    assert!(claims["at_hash"].is_string() && claims["sid"].is_string() && claims["auth_time"].is_number(), "{first}");
    assert_eq!((&userinfo["email"], &userinfo["groups"]), (&json!("alice@example.jp"), &json!(["staff"])), "{first}");
    let again = scene.seen(&page, "/again").await;
    assert_eq!((&again["userinfo"]["sub"], &again["refreshed"]), (&json!("alice"), &json!(true)), "{again}");
    // Signed in already: no page is shown in between.
    let second = scene.seen(&page, "/login").await;
    assert_eq!(second["claims"]["sid"], claims["sid"], "{second}");
    assert_eq!(scene.recorded("client-signed-in").await.len(), 2);

    scene.platform.command(&["session", "end", "--user", "alice"]).await.unwrap();
    let after = scene.seen(&page, "/again").await;
    assert_eq!(after["refreshed"]["refused"], "invalid_grant", "{after}");
    assert_eq!(after["userinfo"]["status"], 401, "{after}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i69_whom_policy_denies_reads_why_and_the_application_gets_nothing() {
    let scene = Scene::start().await;
    let browser = Browser::launch("en").await.unwrap();
    let page = scene.tab(&browser, "bob").await;
    page.go(&scene.application.url("/login")).await.unwrap();
    by_password(&page, "bob").await;
    page.wait_for_text("main", "The notes").await.unwrap();
    let url = page.url().await.unwrap();
    assert!(url.starts_with(&scene.portal("/openid/authorize?")), "{url}");
    assert!(scene.recorded("client-signed-in").await.is_empty());
    // A decision that turns into a denial ends what was given before.
    let mut alice = scene.platform.signed_in("alice").await.unwrap();
    let code = scene.code(&mut alice, &[]).await;
    let given = scene.redeem(&code, &[]).await;
    let refresh = given["refresh_token"].as_str().unwrap();
    scene.platform.apply(&[("all.cedar", "// nobody\n")]).await.unwrap();
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh),
        ("client_id", "app"),
        ("client_secret", &scene.secret),
    ];
    assert_eq!(scene.token(&form).await["error"], "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_that_asks_for_more_is_met_on_the_way() {
    let scene = Scene::start().await;
    scene.platform.apply(&[("all.cedar", STRONGER)]).await.unwrap();
    let browser = Browser::launch("en").await.unwrap();
    let page = scene.tab(&browser, "alice").await;
    page.go(&scene.application.url("/login")).await.unwrap();
    by_password(&page, "alice").await;
    page.wait_for_url("the step-up", |url| url.contains("/step-up")).await.unwrap();
    page.click("form.passkey button").await.unwrap();
    let seen = seen(&page).await;
    assert_eq!(seen["claims"]["acr"], "urn:sekisho:assurance:3", "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i68_nobody_is_sent_to_an_address_that_is_not_registered() {
    let scene = Scene::start().await;
    let mut alice = scene.platform.signed_in("alice").await.unwrap();
    let registered = scene.application.url("/cb");
    for uri in [
        "https://evil.example/cb".to_owned(),
        format!("{registered}/"),
        format!("{registered}%3Fx%3D1"),
        registered.replace("/cb", "/CB"),
        registered.replace("127.0.0.1", "localhost"),
        String::new(),
    ] {
        let answer = alice.ask(&scene.authorize(&[("redirect_uri", &uri)]), &[]).await.unwrap();
        assert_eq!((answer.status, answer.header("location")), (400, ""), "{uri}");
    }
    for client in ["unknown", ""] {
        let answer = alice.ask(&scene.authorize(&[("client_id", client)]), &[]).await.unwrap();
        assert_eq!((answer.status, answer.header("location")), (400, ""), "{client}");
    }
    let out = scene.application.url("/out");
    for (query, location) in [
        (format!("client_id=app&post_logout_redirect_uri={}", "https://evil.example/"), None),
        (format!("client_id=other&post_logout_redirect_uri={out}"), None),
        (format!("post_logout_redirect_uri={out}"), None),
        (format!("client_id=app&post_logout_redirect_uri={out}&state=x"), Some(format!("{out}?state=x"))),
    ] {
        let mut nobody = scene.platform.person().unwrap();
        let answer = nobody.ask(&scene.portal(&format!("/openid/end-session?{query}")), &[]).await.unwrap();
        assert_eq!(answer.header("location"), location.unwrap_or_default(), "{query}");
    }
    // Without a token of the session, who is signed in stays so until they say otherwise.
    let query = format!("/openid/end-session?client_id=app&post_logout_redirect_uri={out}");
    let asked = alice.ask(&scene.portal(&query), &[]).await.unwrap();
    assert!(asked.status == 200 && asked.body.contains("action=\"/sign-out\""), "{}", asked.body);
    assert!(!scene.code(&mut alice, &[]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i70_a_code_counts_once_for_its_application_with_its_verifier() {
    let scene = Scene::start().await;
    let mut alice = scene.platform.signed_in("alice").await.unwrap();
    for more in [
        [("code_challenge", ""), ("code_challenge_method", "S256")],
        [("code_challenge", CHALLENGE), ("code_challenge_method", "plain")],
        [("code_challenge", CHALLENGE), ("code_challenge_method", "")],
    ] {
        let answer = alice.ask(&scene.authorize(&more), &[]).await.unwrap();
        assert_eq!(parameter(&answer, "error").as_deref(), Some("invalid_request"), "{more:?}");
        assert_eq!(parameter(&answer, "code"), None);
    }
    let wrong = "another-verifier-of-43-characters-or-more-abc";
    for (more, error) in [
        (vec![("code_verifier", wrong)], "invalid_grant"),
        (vec![("code_verifier", CHALLENGE)], "invalid_grant"),
        (vec![("code_verifier", "")], "invalid_request"),
        (vec![("redirect_uri", "http://127.0.0.1:1/cb")], "invalid_grant"),
        (vec![("client_secret", "soc_wrong")], "invalid_client"),
        (vec![("client_secret", "")], "invalid_client"),
        (vec![("client_id", "other"), ("client_secret", "")], "invalid_grant"),
        (vec![("client_id", "other")], "invalid_client"),
    ] {
        let code = scene.code(&mut alice, &[]).await;
        let refused = scene.redeem(&code, &more).await;
        assert_eq!(refused["error"], error, "{more:?}: {refused}");
    }
    // The answer names its issuer.
    let answer = alice.ask(&scene.authorize(&[]), &[]).await.unwrap();
    let issuer = scene.portal("").replace(':', "%3A").replace('/', "%2F");
    assert_eq!(parameter(&answer, "iss"), Some(issuer));
    let code = parameter(&answer, "code").unwrap();
    let given = scene.redeem(&code, &[]).await;
    let refresh = given["refresh_token"].as_str().unwrap().to_owned();
    // Its replay is refused, and ends what it gave.
    assert_eq!(scene.redeem(&code, &[]).await["error"], "invalid_grant");
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &refresh),
        ("client_id", "app"),
        ("client_secret", &scene.secret),
    ];
    assert_eq!(scene.token(&form).await["error"], "invalid_grant");
    let ended = scene.recorded("client-tokens-ended").await;
    assert_eq!((ended.len(), &ended[0]["detail"]["why"]), (1, &json!("code-replayed")), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i70_a_refresh_token_counts_once_and_signing_out_ends_all() {
    let scene = Scene::start().await;
    let browser = Browser::launch("en").await.unwrap();
    let page = scene.tab(&browser, "alice").await;
    page.go(&scene.application.url("/login")).await.unwrap();
    by_password(&page, "alice").await;
    seen(&page).await;
    let reused = scene.seen(&page, "/reuse").await;
    assert_eq!(reused["first"], true, "{reused}");
    for which in ["second", "third"] {
        assert_eq!(reused[which]["refused"], "invalid_grant", "{reused}");
    }
    // The application signs the person in again, replays its code, and signs out.
    scene.seen(&page, "/login").await;
    let replayed = scene.seen(&page, "/replay").await;
    assert_eq!(replayed["code"]["refused"], "invalid_grant", "{replayed}");
    assert_eq!(replayed["userinfo"]["status"], 401, "{replayed}");
    scene.seen(&page, "/login").await;
    page.go(&scene.application.url("/logout")).await.unwrap();
    assert_eq!(seen(&page).await, json!({ "out": "gone" }));
    let after = scene.seen(&page, "/again").await;
    assert_eq!(after["refreshed"]["refused"], "invalid_grant", "{after}");
    page.go(&scene.application.url("/login")).await.unwrap();
    page.wait_for("form.fields #password").await.unwrap();
}
