//! With script disabled: signing in with password and one-time code, from a denial to whom to ask, ending sessions, and publishing an
//! application.

use sekisho_e2e::browser::Page;
use time::OffsetDateTime;
use totp_rs::{Algorithm, Builder};

use crate::scene::{PASSWORD, Scene, count};

/// What an authenticator app shows a number of seconds from now.
fn code(secret: &str, ahead: u64) -> String {
    let app = Builder::new().with_algorithm(Algorithm::SHA1).with_secret(bytes(secret)).build().unwrap();
    app.generate(u64::try_from(OffsetDateTime::now_utc().unix_timestamp()).unwrap() + ahead).to_string()
}

/// The bytes that a secret for typing stands for: five bits a character (RFC 4648).
fn bytes(secret: &str) -> [u8; 20] {
    let value = |character| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(character).unwrap();
    let bits: Vec<usize> =
        secret.chars().map(value).flat_map(|value| [16, 8, 4, 2, 1].map(|bit| usize::from(value & bit != 0))).collect();
    let byte = |bits: &[usize]| u8::try_from(bits.iter().fold(0, |sum, bit| sum * 2 + bit)).unwrap();
    bits.chunks_exact(8).map(byte).collect::<Vec<u8>>().try_into().unwrap()
}

async fn sign_in(scene: &Scene, page: &Page, secret: &str, ahead: u64) {
    page.go(&scene.url("/sign-in")).await.unwrap();
    page.fill("#user", "erin").await.unwrap();
    page.fill("#password", PASSWORD).await.unwrap();
    page.follow("form[action='/sign-in'] button").await.unwrap();
    page.fill("#code", &code(secret, ahead)).await.unwrap();
    page.follow("form[action^='/sign-in/code'] button").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_signs_in_with_a_code_learns_whom_to_ask_and_ends_a_session() {
    let scene = Scene::start().await;
    let erin = scene.browser.stranger().await.unwrap();
    erin.without_scripts().await.unwrap();
    erin.go(&scene.link("erin").await).await.unwrap();
    erin.fill("#new", PASSWORD).await.unwrap();
    erin.follow("form[action$='/password'] button").await.unwrap();
    erin.go(&scene.url("/methods")).await.unwrap();
    erin.follow("form[action='/methods/totp/new'] button").await.unwrap();
    let secret = erin.text(".sheet code").await.unwrap().unwrap().replace(' ', "");
    erin.fill("#code", &code(&secret, 0)).await.unwrap();
    erin.follow("form[action='/methods/totp/confirm'] button").await.unwrap();
    erin.follow("form[action='/sign-out'] button").await.unwrap();

    // A wrong code is refused, the right one signs in.
    erin.go(&scene.url("/sign-in")).await.unwrap();
    erin.fill("#user", "erin").await.unwrap();
    erin.fill("#password", PASSWORD).await.unwrap();
    erin.follow("form[action='/sign-in'] button").await.unwrap();
    erin.fill("#code", "000000").await.unwrap();
    erin.follow("form[action^='/sign-in/code'] button").await.unwrap();
    assert_eq!(count(&erin, "#problem").await, 1);
    sign_in(&scene, &erin, &secret, 30).await;
    assert_eq!(count(&erin, "form[action='/sign-out']").await, 1, "signed in");

    // From the denial to whom to ask.
    let payroll = scene.demo.url("payroll", "/").unwrap();
    erin.go(&payroll).await.unwrap();
    erin.wait_for_text("#en h1", "Access was denied").await.unwrap();
    erin.follow("#en > p:last-child a").await.unwrap();
    erin.go(&scene.url("/?show=requestable")).await.unwrap();
    erin.follow(".cards a.button[href='/request/payroll']").await.unwrap();
    assert!(erin.text("#main").await.unwrap().unwrap().contains("payroll"));

    // The helpdesk ends the session.
    let hana = scene.person("hana").await;
    hana.without_scripts().await.unwrap();
    hana.go(&scene.url("/console/sessions?q=erin")).await.unwrap();
    hana.follow("tbody tr:has(a[href='/console/users/erin']) form[action$='/revoke'] button").await.unwrap();
    assert_eq!(count(&hana, ".notice.pass").await, 1);
    erin.go(&scene.url("/")).await.unwrap();
    assert_eq!(count(&erin, "form[action^='/sign-in'] #password").await, 1, "the session has ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_is_published_and_opened() {
    let scene = Scene::start().await;
    let (admin, erin) = (scene.person("admin").await, scene.person("erin").await);
    admin.without_scripts().await.unwrap();
    erin.without_scripts().await.unwrap();
    admin.go(&scene.url("/console/applications/publish")).await.unwrap();
    for (field, text) in [("#name-en", "Notes"), ("#id", "notes"), ("#host", "notes.localhost")] {
        admin.fill(field, text).await.unwrap();
    }
    admin.fill("#address", &scene.application()).await.unwrap();
    admin.click("#group-engineering").await.unwrap();
    admin.evaluate("document.getElementById('devices').value = 'any'").await.unwrap();
    admin.follow("button[name=check]").await.unwrap();
    admin.follow("button[name=publish]").await.unwrap();
    assert_eq!(count(&admin, ".notice.pass").await, 1);
    let notes = scene.url("/").replace("portal.", "notes.");
    erin.go(&notes).await.unwrap();
    erin.wait_for_text("h1", "Notes").await.unwrap();
    // Somebody of another group is not let in.
    let hana = scene.person("hana").await;
    hana.go(&notes).await.unwrap();
    hana.wait_for_text("#en h1", "denied").await.unwrap();
}
