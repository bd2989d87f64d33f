//! The OpenID provider: a registered application signs a person in as the policies say, and what it got ends with the session.

use http::StatusCode;
use serde_json::{Value, json};

use super::Slice;
use crate::check::browser::{Answer, Browser};
use crate::check::person::Person;
use crate::check::{Seen, Trouble, expect};
use crate::scene::Scene;

const PERMITTED: &str = "nao";
const DENIED: &str = "yuki";
const CLIENT: &str = "tracker";
/// Nothing listens there: the answer is read from the redirection.
const REDIRECT: &str = "http://127.0.0.1:9/callback";
/// A verifier and its challenge: the example of RFC 7636.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The tracker opens for one person.
const POLICY: &str = "@id(\"tracker\")
permit (principal == Sekisho::User::\"nao\", action, resource == Sekisho::Resource::\"tracker\");
";

/// The step.
pub(super) const SLICE: Slice = Slice {
    title: "OpenID provider",
    expected: "a registered application signs one person in and gets no code for another; when the session ends, userinfo and refresh fail",
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Seen {
    let secret = apply(scene).await?;
    let mut denied = Person::newcomer(scene, DENIED).await?;
    let refused = denied.browser.open_once(&authorize(scene)).await?;
    expect(refused.status == StatusCode::FORBIDDEN && refused.header("location").is_empty(), || {
        format!("somebody whom no policy permits got {}", refused.status)
    })?;

    let mut person = Person::newcomer(scene, PERMITTED).await?;
    let answer = person.browser.open_once(&authorize(scene)).await?;
    let code = code(&answer).ok_or_else(|| format!("no code, but {} {}", answer.status, answer.header("location")))?;
    let mut application = Browser::new(scene.server_roots().map_err(|failure| failure.to_string())?);
    let proof = [("client_id", CLIENT), ("client_secret", &secret)];
    let grant = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let endpoint = format!("{}/openid/token", scene.portal());
    let given = application.submit(&endpoint, &[proof.as_slice(), &grant].concat()).await?.json();
    let token = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut bearer =
        Browser::new(scene.server_roots().map_err(|failure| failure.to_string())?).showing(&token("access_token"));
    let userinfo = format!("{}/openid/userinfo", scene.portal());
    let before = bearer.fetch(&userinfo).await?;
    expect(before.json().get("sub") == Some(&json!(PERMITTED)), || format!("userinfo answered {}", before.body))?;

    person.sign_out().await?;
    let after = bearer.fetch(&userinfo).await?;
    let refresh = token("refresh_token");
    let again = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    let again = application.submit(&endpoint, &[proof.as_slice(), &again].concat()).await?;
    let ended = after.status == StatusCode::UNAUTHORIZED && again.status == StatusCode::BAD_REQUEST;
    expect(ended, || format!("after the session, userinfo answered {} and refresh {}", after.status, again.status))?;
    Ok(format!("{DENIED} read why not, {PERMITTED} signed in; after the session, userinfo got 401 and refresh 400"))
}

/// Two people, the application and its resource, and the policy. Returns the application's secret.
async fn apply(scene: &Scene) -> Result<String, Trouble> {
    let document =
        |kind: &str, id: &str, body: Value| json!({ "kind": kind, "id": id, "body": body, "origin": "demo" });
    let client = json!({ "id": CLIENT, "name": "Tracker", "resource": CLIENT, "redirect_uris": [REDIRECT],
        "scopes": ["profile", "offline_access"] });
    let documents = [
        document("user", PERMITTED, json!({ "id": PERMITTED, "name": "Nao", "employment": "staff" })),
        document("user", DENIED, json!({ "id": DENIED, "name": "Yuki", "employment": "staff" })),
        document(
            "resource",
            CLIENT,
            json!({ "id": CLIENT, "name": { "en": "Tracker", "ja": "課題管理" }, "sensitivity": 1,
                "host": "tracker.localhost", "upstream": "http://127.0.0.1:9" }),
        ),
        document("client", CLIENT, client),
        document("policy", CLIENT, json!({ "text": POLICY })),
    ];
    send(scene, "/apply", json!({ "documents": documents })).await?;
    let made = send(scene, &format!("/clients/{CLIENT}/secret"), Value::Null).await?;
    made.get("client_secret").and_then(Value::as_str).map(str::to_owned).ok_or_else(|| "no secret was made".to_owned())
}

fn authorize(scene: &Scene) -> String {
    format!(
        "{}/openid/authorize?client_id={CLIENT}&redirect_uri={REDIRECT}&response_type=code\
         &scope=openid%20profile%20offline_access&code_challenge={CHALLENGE}&code_challenge_method=S256&state=demo",
        scene.portal()
    )
}

/// The code of a redirection to the application.
fn code(answer: &Answer) -> Option<String> {
    let query = answer.header("location").strip_prefix(REDIRECT)?.strip_prefix('?')?;
    query.split('&').find_map(|part| part.strip_prefix("code=")).map(str::to_owned)
}

async fn send(scene: &Scene, path: &str, body: Value) -> Result<Value, Trouble> {
    scene.admin().send("POST", path, Some(&body)).await.map_err(|failure| failure.to_string())
}
