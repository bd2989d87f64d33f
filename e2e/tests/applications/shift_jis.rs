//! An application of the time before UTF-8: a CGI program whose paths, forms and cookies are in Shift_JIS, in Chromium.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use sekisho_e2e::Trouble;
use sekisho_e2e::browser::Browser;

use crate::apache;
use crate::application::{Application, Place};
use crate::client::{curl, run, status};
use crate::scene::{Scene, Way};

/// "日報" as a browser escapes it in a path.
const REPORT: &str = "/%93%FA%95%F1.html?%8C%8E";
/// "田中" in a cookie, in hexadecimal digits.
const COOKIE: &str = "757365723d93639286";

async fn server() -> Result<Application, Trouble> {
    let place = Place::new()?;
    let program = place.put("nippo.cgi", include_bytes!("scripts/nippo.cgi"))?;
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).map_err(Trouble::during("a program"))?;
    let directives = format!("ScriptAlias / {}/\n", program.display());
    let command = apache::command(&place, &["cgi", "alias"], &directives)?;
    place.start(command).await
}

#[tokio::test]
async fn paths_forms_and_cookies_in_shift_jis_arrive_as_they_are() {
    let server = server().await.unwrap();
    let scene = Scene::start(server.port()).await.unwrap();
    let browser = Browser::launch("ja").await.unwrap();
    let (page, closed) = scene.pages(&browser).await.unwrap();
    let report = scene.member().url(REPORT);
    closed.go(&report).await.unwrap();
    assert!(!closed.text("body").await.unwrap().unwrap_or_default().contains("日報"));
    assert_eq!(status(&scene.stranger(), &[&report]).await.unwrap(), "401");
    assert_eq!(status(&scene.outsider(), &[&report]).await.unwrap(), "403");

    page.go(&scene.member().url("/")).await.unwrap();
    page.follow("#report").await.unwrap();
    page.wait_for_text("#path", REPORT).await.unwrap();
    page.wait_for_text("h1", "日報").await.unwrap();
    // The second byte of "表" is a backslash.
    page.fill("#name", "田中").await.unwrap();
    page.follow("#send").await.unwrap();
    page.wait_for_text("#path", "/%95%5C.html").await.unwrap();
    page.wait_for_text("#body", "name=%93c%92%86").await.unwrap();
    page.wait_for_text("#who", "田中").await.unwrap();
    page.follow("#report").await.unwrap();
    page.wait_for_text("#cookie", COOKIE).await.unwrap();
}

#[tokio::test]
async fn a_program_sends_bytes_that_are_no_utf_8() {
    let server = server().await.unwrap();
    let scene = Scene::start(server.port()).await.unwrap();
    let member = scene.member();
    let cookie = [b"Cookie: ", member.cookie.as_bytes(), b"; user=\x93\x63\x92\x86"].concat();
    let mut command = curl(&Way { cookie: String::new(), ..member.clone() }, &[&member.url(REPORT)]);
    command.arg("--header").arg(OsStr::from_bytes(&cookie));
    command.arg("--header").arg(OsStr::from_bytes(b"X-File-Name: \x95\x5c.txt"));
    let said = run(command).await.unwrap().succeeded().unwrap();
    assert!(said.contains(COOKIE) && said.contains("<p id=file>955c2e747874</p>"), "{said}");
    assert!(said.contains(REPORT), "{said}");
}
