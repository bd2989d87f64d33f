//! HDR-14, HDR-16 and HDR-19: what an application learns of who asks. An assertion is for one application, our cookies and what
//! the document says stay here, and names that people chose are not in it.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use sekisho_attacks::{Client, Request};
use serde_json::{Value, json};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::ground::{APP, Ground};
use crate::moments::{apply, connect};
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, Scenario, conclude, run};

/// Display names that would be more than a name, if they were written into a head as they are.
const NAMES: [(&str, &str, usize); 6] = [
    ("HDR-19a", "mallory\r\nSekisho-Assertion: a.b.c", 1),
    ("HDR-19b", "mallory, admin", 1),
    ("HDR-19c", "mallory; role=admin", 1),
    ("HDR-19d", "関所 mallory\u{202e}\u{85}", 1),
    ("HDR-19e", "mallory ", 1024),
    ("HDR-19f", "mallory\0\x1b[0m", 1),
];

/// The same as accounts: the document is refused.
const ACCOUNTS: [(&str, &str, usize); 7] = [
    ("HDR-19g", "mallory\r\nsekisho-assertion", 1),
    ("HDR-19h", "mallory,admin", 1),
    ("HDR-19i", "mallory;role", 1),
    ("HDR-19j", "関所", 1),
    ("HDR-19k", "mallory", 1_170),
    ("HDR-19l", "Mallory", 1),
    ("HDR-19m", "mallory\"", 1),
];

pub(crate) fn scenarios() -> Vec<Scenario> {
    let mut all = vec![
        Scenario::new("HDR-14a", |ground: &Ground| Box::pin(an_assertion_is_for_one_application(ground))),
        Scenario::new("HDR-14b", |ground: &Ground| Box::pin(an_assertion_cannot_be_written_anew(ground))),
        Scenario::new("HDR-16e", |ground: &Ground| Box::pin(our_cookies_stay_here(ground))),
        Scenario::new("HDR-16f", |ground: &Ground| Box::pin(authorization_goes_where_it_is_wanted(ground))),
    ];
    all.extend(NAMES.map(|(id, name, times)| {
        Scenario::new(id, move |ground: &Ground| Box::pin(a_chosen_name_stays_here(ground, id, name.repeat(times))))
    }));
    all.extend(ACCOUNTS.map(|(id, account, times)| {
        Scenario::new(id, move |ground: &Ground| Box::pin(is_no_account(ground, account.repeat(times))))
    }));
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i7_an_application_learns_who_asks_and_no_more() {
    let ground = Ground::start().await;
    let scenarios = scenarios();
    let mut failures = run(&ground.bystander, &ground, &scenarios, 1).await;
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("HDR (introductions)", scenarios.len(), &failures);
}

/// What the application gets of one request with those lines by whoever has that cookie.
async fn forwarded(ground: &Ground, lines: &str) -> Result<Request, String> {
    ground.recorder.forget();
    let mut client = connect(ground).await?;
    let request = format!("GET /status HTTP/1.1\r\nHost: {APP}\r\n{lines}\r\n\r\n");
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let status = client.response("GET").await.map_err(|error| error.to_string())?.map(|answer| answer.status);
    let mut seen = ground.recorder.recorded().strict;
    match (status, seen.pop()) {
        (Some(200), Some(only)) if seen.is_empty() => Ok(only),
        (status, last) => Err(format!("{status:?}, and the application saw {last:?} behind {seen:?}")),
    }
}

async fn assertion(ground: &Ground) -> Result<String, String> {
    let request = forwarded(ground, &format!("Cookie: {}", ground.setting.cookie)).await?;
    Ok(request.values("sekisho-assertion").concat())
}

/// Verifies an assertion as the guide tells applications to, with the keys that their own host serves.
async fn verified(ground: &Ground, token: &str, audience: &str) -> Result<Value, String> {
    let mut client: Client = connect(ground).await?;
    let request = format!("GET /.sekisho/jwks.json HTTP/1.1\r\nHost: {APP}\r\n\r\n");
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let keys = client.response("GET").await.map_err(|error| error.to_string())?.ok_or("no keys")?;
    let keys: JwkSet = serde_json::from_slice(&keys.body).map_err(|error| error.to_string())?;
    let kid = decode_header(token).map_err(|error| error.to_string())?.kid.ok_or("no key is named")?;
    let key = DecodingKey::from_jwk(keys.find(&kid).ok_or("the key is not served")?).map_err(|e| e.to_string())?;
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[format!("https://portal.localhost:{}", ground.platform.port())]);
    validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    match decode::<Value>(token, &key, &validation) {
        Ok(data) => Ok(data.claims),
        Err(error) => Err(match error.kind() {
            ErrorKind::InvalidAudience => "another audience".to_owned(),
            ErrorKind::InvalidSignature => "no signature of ours".to_owned(),
            other => format!("{other:?}"),
        }),
    }
}

async fn an_assertion_is_for_one_application(ground: &Ground) -> Outcome {
    let token = assertion(ground).await?;
    let there = verified(ground, &token, "calm").await;
    let here = verified(ground, &token, "app").await?;
    let right = there == Err("another audience".to_owned()) && here.get("sub") == Some(&json!("alice"));
    if right { Ok(()) } else { Err(format!("there {there:?}, here {here}")) }
}

async fn an_assertion_cannot_be_written_anew(ground: &Ground) -> Outcome {
    let token = assertion(ground).await?;
    let claims = verified(ground, &token, "app").await?;
    let [head, _, signature] = <[&str; 3]>::try_from(token.split('.').collect::<Vec<_>>()).map_err(|_| "no token")?;
    let mut other = claims.clone();
    *other.get_mut("aud").ok_or("no audience")? = json!("calm");
    let other = URL_SAFE_NO_PAD.encode(other.to_string());
    let changed = verified(ground, &format!("{head}.{other}.{signature}"), "calm").await;
    let kid = decode_header(&token).map_err(|error| error.to_string())?.kid;
    let unsigned = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "typ": "JWT", "kid": kid }).to_string());
    let unsigned = verified(ground, &format!("{unsigned}.{other}."), "calm").await;
    let right = changed == Err("no signature of ours".to_owned()) && unsigned.is_err();
    if right { Ok(()) } else { Err(format!("changed {changed:?}, unsigned {unsigned:?}")) }
}

async fn our_cookies_stay_here(ground: &Ground) -> Outcome {
    let ours = &ground.setting.cookie;
    let cookies = format!("Cookie: theme=dark; {ours}; lang=ja; __Host-sekisho-flow=y; session=\"a b\"; empty=");
    let seen = forwarded(ground, &cookies).await?;
    let cookies = seen.values("cookie").concat();
    let right = cookies == "theme=dark; lang=ja; session=\"a b\"; empty=";
    let alone = forwarded(ground, &format!("Cookie: {ours}")).await?;
    if right && alone.values("cookie").is_empty() {
        Ok(())
    } else {
        Err(format!("{cookies:?}, and alone {:?}", alone.values("cookie").len()))
    }
}

/// It passes unless the application's document says that it does not, from the next request on.
async fn authorization_goes_where_it_is_wanted(ground: &Ground) -> Outcome {
    let lines = format!("Authorization: Bearer the-application-s-own\r\nCookie: {}", ground.setting.cookie);
    let passed = forwarded(ground, &lines).await?;
    let documents = ground.documents();
    let address = ground.recorder.address;
    let table = format!("{{ addresses = [\"{address}\"], authorization = \"drop\" }}");
    let dropping = documents.replace(&format!("\"http://{address}\""), &table);
    apply(ground, &[("organisation.toml", &dropping)]).await?;
    let dropped = forwarded(ground, &lines).await;
    apply(ground, &[("organisation.toml", &documents)]).await?;
    let dropped = dropped?;
    let right = passed.values("authorization") == ["Bearer the-application-s-own"]
        && dropped.values("authorization").is_empty()
        && dropped.values("sekisho-assertion").len() == 1;
    if right { Ok(()) } else { Err(format!("{:?}, then {:?}", passed.fields, dropped.fields)) }
}

async fn a_chosen_name_stays_here(ground: &Ground, id: &str, name: String) -> Outcome {
    let account = id.to_ascii_lowercase();
    let user = |shown: &str| {
        format!(
            "[[user]]\nid = \"{account}\"\nname = {}\nemail = {}\nemployment = \"staff\"\ngroups = [\"staff\"]\n",
            json!(shown),
            json!(format!("{name}@mallory.test"))
        )
    };
    // A name that steers what shows it, or turns the text around it, is refused; what is left of it goes on.
    let is_hidden = |letter: char| letter.is_control() || letter == '\u{202e}';
    if name.contains(is_hidden) {
        match apply(ground, &[("user.toml", &user(&name))]).await {
            Err(said) if said.contains("is not shown") => {}
            other => return Err(format!("the name: {other:?}")),
        }
    }
    apply(ground, &[("user.toml", &user(&name.replace(is_hidden, "")))]).await?;
    let mut person = ground.platform.signed_in(&account).await.map_err(|trouble| trouble.to_string())?;
    let page = person.open(APP, "/").await.map_err(|trouble| trouble.to_string())?.status;
    let seen = forwarded(ground, &format!("Cookie: {}", person.cookie(APP))).await?;
    let claims = verified(ground, &seen.values("sekisho-assertion").concat(), "app").await?;
    let said: usize = seen.fields.iter().map(|(name, value)| name.len() + value.len()).sum();
    let raw = seen.fields.iter().any(|(name, value)| format!("{name}{value}").contains("mallory"));
    let right = page == 200
        && claims.get("sub") == Some(&json!(account))
        && !claims.to_string().contains("mallory")
        && !raw
        && said < 2_048;
    if right { Ok(()) } else { Err(format!("{page}, {said} bytes, {claims}")) }
}

async fn is_no_account(ground: &Ground, account: String) -> Outcome {
    let user = format!("[[user]]\nid = {}\nname = \"Mallory\"\nemployment = \"staff\"\n", json!(account));
    match apply(ground, &[("user.toml", &user)]).await {
        Ok(()) => Err("it is taken".to_owned()),
        // What is wrong, where, and how it is written right; not the whole of it.
        Err(said)
            if said.contains("user.toml") && said.contains("is not a name: use 1 to 128") && said.len() < 2_000 =>
        {
            match said.contains("id") {
                true => Ok(()),
                false => Err(said),
            }
        }
        Err(said) => Err(said),
    }
}
