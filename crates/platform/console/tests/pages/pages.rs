//! Every page in both languages, and the headers that every answer carries.

use http::StatusCode;
use sekisho_model::{Language, RequestId, Text};
use sekisho_policy_enforcement::{ReasonView, RefusalKind, RefusalView, RemedyView};

use crate::browser::Browser;
use crate::place::Place;

const PAGES: [&str; 59] = [
    "/",
    "/devices",
    "/sessions",
    "/methods",
    "/step-up",
    "/nothing",
    "/console/decisions",
    "/console/cuts",
    "/console/acts",
    "/console/decisions?own=show&period=day",
    "/console/sessions",
    "/console/devices",
    "/terminal",
    "/console/devices/laptop",
    "/console/users",
    "/console/users/alice",
    "/console/users/bob",
    "/console/resources",
    "/console/policies",
    "/console/tasks",
    "/console/applications/publish",
    "/console/policies/by-resource?resource=wiki",
    "/console/bulk/users",
    "/console/bulk/sessions",
    "/console/import/users",
    "/console/documents",
    "/console/documents/user",
    "/console/documents/user/new",
    "/console/documents/user/bob/edit",
    "/console/documents/user/bob/edit?as=text",
    "/console/documents/user/bob/history",
    "/console/documents/device/laptop/edit",
    "/console/documents/check/firewall/edit",
    "/console/documents/resource/wiki/edit",
    "/console/documents/policy/test/edit",
    "/console/documents/settings/settings/edit",
    "/console/documents/enforcement-point/new",
    "/console/documents/grant/new",
    "/console/documents/threat-list/new",
    "/console/documents/threat-feed/new",
    "/console/documents/name-list/new",
    "/console/documents/vulnerability-source/new",
    "/console/documents/workload/new",
    "/console/documents/identity-provider/new",
    "/console/identity-providers",
    "/console/users/alice/identities",
    "/sign-in/with/nobody/callback",
    "/console/groups",
    "/console/grants",
    "/console/checks",
    "/console/enforcement-points",
    "/console/tokens",
    "/console/certificates",
    "/console/find",
    "/console/find?q=a",
    "/console/users?q=nobody&status=disabled&sort=name",
    "/console/nothing",
    "/console/decisions?outcome=deny",
    "/console/decisions?q=none",
];

#[tokio::test]
async fn every_page_is_there_in_both_languages() {
    let place = Place::new().await;
    let mut passkey = place.give_passkey("admin").await;
    let mut browser = Browser::new(&place);
    browser.by_passkey(&mut passkey).await;
    let users = browser.get("/console/decisions?own=show").await.text;
    let decision = users.split_once("/console/decisions/").unwrap().1.split('"').next().unwrap();
    let decision = format!("/console/decisions/{decision}");
    for (language, sign_out) in [("en", "Sign out"), ("ja-JP,ja;q=0.9,en;q=0.5", "サインアウト")] {
        browser.language = language;
        for path in PAGES.into_iter().chain([decision.as_str()]) {
            let page = browser.get(path).await;
            assert!(page.status == StatusCode::OK || page.status == StatusCode::NOT_FOUND, "{path} {}", page.status);
            let tag = language.get(..2).unwrap();
            assert!(page.text.contains(&format!("<html lang=\"{tag}\">")), "{path}");
            assert!(page.text.contains(sign_out), "{path}");
            is_sound(path, &page.text);
        }
        let mut stranger = Browser::new(&place);
        stranger.language = language;
        for path in ["/sign-in", "/sign-in/code", "/sign-in/recovery", "/sign-in?done=signed-out", "/nothing"] {
            is_sound(path, &stranger.get(path).await.text);
        }
    }
}

/// No inline script or style, one heading of the first level, every field labelled, nothing left unescaped or untranslated.
fn is_sound(path: &str, text: &str) {
    for never in ["<style", " style=", " onclick=", " onload=", "javascript:", "<b>Bob</b>", "<laptop>", "{{", "{%"] {
        assert!(!text.contains(never), "{path} holds {never}");
    }
    assert_eq!(text.matches("<h1").count(), 1, "{path}");
    assert_eq!(text.matches("<main").count(), 1, "{path}");
    for script in text.split("<script").skip(1) {
        assert!(script.starts_with(" src=\"/assets/"), "{path}");
    }
    for field in text.split("<input").skip(1) {
        let field = field.split('>').next().unwrap();
        if let Some((_, id)) = field.split_once(" id=\"") {
            let id = id.split('"').next().unwrap();
            assert!(text.contains(&format!("<label for=\"{id}\"")), "{path} {id}");
        } else {
            assert!(field.contains("type=\"hidden\"") || field.contains("aria-hidden"), "{path} {field}");
        }
    }
}

#[tokio::test]
async fn a_name_is_a_name_and_never_markup() {
    let place = Place::new().await;
    place.give_password("bob").await;
    let mut browser = Browser::new(&place);
    browser.by_password("bob").await;
    let page = browser.get("/").await.text;
    assert!(page.contains("&#60;b&#62;Bob&#60;/b&#62; &#38; &#39;co&#39;"));
    is_sound("/", &page);
}

#[tokio::test]
async fn every_answer_is_guarded_by_its_headers() {
    let place = Place::new().await;
    let mut browser = Browser::new(&place);
    for path in ["/", "/sign-in", "/nothing", "/assets/passkey.js", "/sign-in/to/wiki", "/console"] {
        let answer = browser.get(path).await;
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;",
            "connect-src 'self' http://127.0.0.1:47443;",
            "form-action 'self';",
            "base-uri 'none'; frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path} {policy}");
        }
        assert!(!policy.contains("unsafe"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("access-control-allow-origin"), "");
        let cache = if path.starts_with("/assets/") { "public, max-age=300" } else { "private, no-store" };
        assert_eq!(answer.header("cache-control"), cache, "{path}");
    }
}

#[tokio::test]
async fn every_cookie_is_the_hosts_own() {
    let place = Place::new().await;
    let mut passkey = place.give_passkey("alice").await;
    let mut browser = Browser::new(&place);
    let mut seen = 0;
    let mut answers = vec![browser.get("/sign-in").await, browser.by_passkey(&mut passkey).await];
    let token = browser.get("/").await.token();
    answers.push(browser.post("/language", &token, &[("language", "ja"), ("return", "/")]).await);
    answers.push(browser.post("/sign-out", &token, &[]).await);
    for cookie in answers.iter().flat_map(|answer| answer.headers.get_all("set-cookie")) {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.starts_with("__Host-sekisho"), "{cookie}");
        assert!(cookie.contains("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
        seen += 1;
    }
    assert!(seen >= 4, "{seen}");
}

#[test]
fn a_refusal_says_why_and_what_to_do() {
    let view = RefusalView {
        status: StatusCode::FORBIDDEN,
        kind: RefusalKind::Denied,
        request: RequestId::new("01HX<7>"),
        at: sekisho_model::Timestamp::from_millis(0),
        resource: Some(Text::new("Payroll", "給与")),
        summary: Text::new("Access was denied.", "アクセスは拒否されました。"),
        reasons: vec![ReasonView { code: "x".to_owned(), text: Text::new("Because <b>.", "理由") }],
        remedies: vec![RemedyView {
            code: "y".to_owned(),
            text: Text::new("Do this.", "こうする"),
            url: Some("https://portal.localhost:8443/devices".to_owned()),
        }],
        sign_in: None,
        portal: "https://portal.localhost:8443".to_owned(),
        person: Some("Alice <Aoki>".to_owned()),
    };
    let english = sekisho_web::refusal_page::html(&view, Language::English);
    for expected in [
        "01HX&#60;7&#62;",
        "Because &#60;b&#62;.",
        "Do this.",
        "Payroll",
        "Alice &#60;Aoki&#62;",
        "href=\"https://portal.localhost:8443/devices\"",
    ] {
        assert!(english.contains(expected), "{expected} {english}");
    }
    let japanese = sekisho_web::refusal_page::html(&view, Language::Japanese);
    for expected in ["アクセスは拒否されました。", "理由", "こうする", "給与", "<html lang=\"ja\">"]
    {
        assert!(japanese.contains(expected), "{expected}");
    }
    assert!(!english.contains("<form") && !english.contains("<script"));
    let policy = sekisho_web::refusal_page::content_security_policy(&view);
    assert!(policy.contains("style-src https://portal.localhost:8443;") && policy.contains("form-action 'none'"));
}
