//! COOK-01: where a session's cookie comes from. Nothing that a browser had before a sign-in becomes a session, and a session that
//! gains something voids every cookie before it. Beside it stand plain HTTP, which gives no cookie and takes none, and what is kept
//! of sign-ins that were begun and of cookies that were given.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_attacks::{Client, Response};
use sekisho_e2e::peer::server_address;

use crate::ground::{APP, Ground};
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, Scenario, conclude, run};
use crate::sessions::asks;
use crate::{kept_cookies, plain_http};

pub(crate) const PORTAL: &str = "portal.localhost";
pub(crate) const COOKIE: &str = "__Host-sekisho";
const BROWSER: &str = "__Host-sekisho-browser";

/// A ground that also has a listener for plain HTTP.
pub(crate) struct Plain {
    pub(crate) ground: Ground,
    pub(crate) http: SocketAddr,
}

impl Plain {
    pub(crate) async fn start() -> Self {
        let http = server_address().unwrap();
        let ground = Ground::with(&["env", "SEKISHO_LOG=debug"], &format!("redirect_listen = \"{http}\"\n")).await;
        Self { ground, http }
    }
}

pub(crate) fn scenarios() -> Vec<Scenario<Plain>> {
    let mut all = fixations();
    all.extend(plain_http::scenarios());
    all.extend(kept_cookies::scenarios());
    all
}

fn fixations() -> Vec<Scenario<Plain>> {
    vec![
        Scenario::new("COOK-01a", |place: &Plain| Box::pin(what_was_there_before_becomes_no_session(&place.ground))),
        Scenario::new("COOK-01b", |place: &Plain| Box::pin(somebody_elses_session_stays_theirs(&place.ground))),
        Scenario::new("COOK-01c", |place: &Plain| {
            Box::pin(a_step_up_gives_no_cookie_from_before_anything(&place.ground))
        }),
        Scenario::new("COOK-01d", |place: &Plain| Box::pin(a_new_sign_in_is_a_new_session(&place.ground))),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i15_a_cookie_comes_from_a_sign_in_and_from_nowhere_else() {
    let place = Plain::start().await;
    let scenarios = scenarios();
    // One after the other: they measure what the process holds.
    let mut failures = run(&place.ground.bystander, &place, &scenarios, 1).await;
    failures.extend(holds(place.ground, &Happened::default()).await);
    conclude("COOK", scenarios.len(), &failures);
}

pub(crate) fn told(trouble: sekisho_e2e::Trouble) -> String {
    trouble.to_string()
}

/// The value of one cookie in a `Cookie` header.
pub(crate) fn value_of(header: &str, name: &str) -> String {
    let pairs = header.split("; ").filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).collect::<Vec<_>>().concat()
}

/// What the portal's first page answers to these cookies, redirects not followed.
async fn at_the_portal(ground: &Ground, cookies: &str) -> Result<Response, String> {
    let client = Client::connect(ground.setting.address, ground.setting.tls.clone(), PORTAL).await;
    let mut client = client.map_err(|error| error.to_string())?;
    let host = format!("{PORTAL}:{}", ground.platform.port());
    let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nCookie: {cookies}\r\n\r\n");
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    client.response("GET").await.map_err(|error| error.to_string())?.ok_or_else(|| "no answer".to_owned())
}

/// That these cookies are nobody's at the portal.
async fn is_nobody(ground: &Ground, what: &str, cookies: &str) -> Outcome {
    let answer = at_the_portal(ground, cookies).await?;
    let leads_to = answer.field("location").unwrap_or_default();
    if answer.status == 303 && leads_to.starts_with("/sign-in") {
        Ok(())
    } else {
        Err(format!("{what}: {} {leads_to}", answer.status))
    }
}

/// An attacker visits the sign-in page, and puts every cookie of that visit, and one of their own making, into the victim's
/// browser. The victim signs in: what the attacker knows is still nobody's.
async fn what_was_there_before_becomes_no_session(ground: &Ground) -> Outcome {
    let mut victim = ground.somebody("cook-01a").await;
    victim.take_another_browser();
    let mut attacker = ground.platform.person().map_err(told)?;
    attacker.portal("/sign-in").await.map_err(told)?;
    attacker.open(APP, "/").await.map_err(told)?;
    let made_up = URL_SAFE_NO_PAD.encode([7_u8; 52]);
    let mut known = Vec::new();
    for host in [PORTAL, APP] {
        let set = attacker.cookie(host);
        for (name, value) in set.split("; ").filter_map(|pair| pair.split_once('=')) {
            victim.plant_cookie(host, name, value);
        }
        victim.plant_cookie(host, COOKIE, &made_up);
        known.push(format!("{set}; {COOKIE}={made_up}"));
    }
    if !attacker.cookie(PORTAL).contains(BROWSER) {
        return Err("the visit left no cookie to plant".to_owned());
    }
    victim.sign_in().await.map_err(told)?;
    victim.open(APP, "/").await.map_err(told)?.expect(200).map_err(told)?;
    let [portal, application] = [PORTAL, APP].map(|host| value_of(&victim.cookie(host), COOKIE));
    if portal.is_empty() || application.is_empty() || portal == made_up || application == made_up {
        return Err(format!("after the sign-in the browser has {portal:?} and {application:?}"));
    }
    for cookies in &known {
        is_nobody(ground, "what was planted", cookies).await?;
        let status = asks(ground, cookies).await?;
        if status != 401 {
            return Err(format!("{status} at the application with what was planted"));
        }
    }
    let own = at_the_portal(ground, &victim.cookie(PORTAL)).await?.status;
    if own == 200 { Ok(()) } else { Err(format!("{own} for whoever signed in")) }
}

/// A browser that holds somebody else's session: whoever authenticates there does not make it theirs.
async fn somebody_elses_session_stays_theirs(ground: &Ground) -> Outcome {
    let (mut victim, attacker) = (ground.somebody("cook-01b").await, ground.somebody("cook-01b-other").await);
    let session = attacker.cookie(PORTAL);
    victim.take_another_browser();
    victim.plant_cookie(PORTAL, COOKIE, &value_of(&session, COOKIE));
    // The page says who is signed in, and asks nobody to; authenticating again there is refused to another person.
    let refused = victim.step_up().await.is_err();
    let _ = victim.sign_in().await;
    let before = value_of(&victim.cookie(PORTAL), COOKIE);
    let whose = at_the_portal(ground, &session).await?;
    let theirs = whose.status == 200 && whose.text().contains("cook-01b-other");
    if refused && theirs && before == value_of(&session, COOKIE) {
        Ok(())
    } else {
        Err(format!("refused: {refused}, still the other's: {theirs} ({})", whose.status))
    }
}

/// A step-up voids the portal's cookie at once. An application's keeps what it could until that application was given the new one:
/// what is open there goes on. It gains nothing.
async fn a_step_up_gives_no_cookie_from_before_anything(ground: &Ground) -> Outcome {
    let mut person = ground.somebody("cook-01c").await;
    let [portal, application] = [PORTAL, APP].map(|host| person.cookie(host));
    person.step_up().await.map_err(told)?;
    is_nobody(ground, "the portal's cookie from before", &portal).await?;
    let before = asks(ground, &application).await?;
    let fresh = at_the_portal(ground, &person.cookie(PORTAL)).await?.status;
    person.open(APP, "/").await.map_err(told)?.expect(200).map_err(told)?;
    let (renewed, after) = (person.cookie(APP), asks(ground, &person.cookie(APP)).await?);
    let right = (before, fresh, after) == (200, 200, 200) && renewed != application;
    if right { Ok(()) } else { Err(format!("{before} with the old cookie, {fresh} and {after} with the new ones")) }
}

/// Signing in again in another browser is another session, and ending one ends that one.
async fn a_new_sign_in_is_a_new_session(ground: &Ground) -> Outcome {
    let mut person = ground.somebody("cook-01d").await;
    let first = [PORTAL, APP].map(|host| person.cookie(host));
    let token = person.portal("/methods").await.map_err(told)?.form_token().map_err(told)?.to_owned();
    person.submit("/sign-out", &[("csrf", &token)]).await.map_err(told)?;
    person.sign_in().await.map_err(told)?;
    person.open(APP, "/").await.map_err(told)?.expect(200).map_err(told)?;
    let second = [PORTAL, APP].map(|host| person.cookie(host));
    let [portal, application] = &first;
    is_nobody(ground, "the cookie of the session that was left", portal).await?;
    let (old, new) = (asks(ground, application).await?, asks(ground, &person.cookie(APP)).await?);
    let differ = first.iter().zip(&second).all(|(one, other)| value_of(one, COOKIE) != value_of(other, COOKIE));
    if (old, new) == (401, 200) && differ { Ok(()) } else { Err(format!("{old}, then {new}; differ: {differ}")) }
}
