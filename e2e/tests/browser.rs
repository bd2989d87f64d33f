//! The browser client itself, against pages of this test.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use sekisho_e2e::browser::{Browser, SocketEvent};
use sekisho_e2e::origin::Origin;

const FIRST: &str = "<!doctype html><title>first</title><h1>First</h1>
<form action='/second'><input id=name name=name><button id=go>Go</button></form>
<button id=later onclick=\"setTimeout(() => { document.querySelector('h1').innerText = 'Changed' }, 50)\">Later</button>";

const SECOND: &str = "<!doctype html><title>second</title><h1>Second</h1><p id=state>waiting</p>
<button id=open onclick=\"socket = new WebSocket(`ws://${location.host}/socket`);
  socket.onmessage = e => state.innerText = e.data; socket.onclose = () => state.innerText = 'closed'\">Open</button>
<button id=close onclick=\"socket.send('close')\">Close</button>";

const PASSKEYS: &str = "<!doctype html><title>passkeys</title><p id=state>none</p>
<button id=create onclick=\"navigator.credentials.create({ publicKey: { challenge: new Uint8Array(32),
  rp: { name: 'test' }, user: { id: new Uint8Array(16), name: 'alice', displayName: 'Alice' },
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  authenticatorSelection: { residentKey: 'required', userVerification: 'required' } } })
  .then(c => state.innerText = 'made ' + c.type, e => state.innerText = 'failed ' + e.name)\">Create</button>
<button id=get onclick=\"navigator.credentials.get({ publicKey: { challenge: new Uint8Array(32), userVerification: 'required' } })
  .then(c => state.innerText = 'used ' + c.type, e => state.innerText = 'failed ' + e.name)\">Get</button>";

async fn origin() -> Origin {
    Origin::serve(&[("/", FIRST), ("/second?name=alice", SECOND), ("/passkeys", PASSKEYS)]).await.unwrap()
}

#[tokio::test]
async fn pages_forms_sockets_and_passkeys() {
    let (browser, origin) = (Browser::launch("en").await.unwrap(), origin().await);
    let page = browser.page().await.unwrap();

    page.go(&origin.url("/")).await.unwrap();
    assert_eq!(page.text("h1").await.unwrap().as_deref(), Some("First"));
    page.click("#later").await.unwrap();
    page.wait_for_text("h1", "Changed").await.unwrap();
    page.fill("#name", "wrong").await.unwrap();
    page.fill("#name", "alice").await.unwrap();
    page.follow("#go").await.unwrap();
    assert_eq!(page.url().await.unwrap(), origin.url("/second?name=alice"));

    let mut sockets = page.sockets();
    page.click("#open").await.unwrap();
    assert_eq!(sockets.next().await.unwrap(), SocketEvent::Answered(101));
    sockets.text_with("welcome").await.unwrap();
    page.click("#close").await.unwrap();
    sockets.closed().await.unwrap();
    page.wait_for_text("#state", "closed").await.unwrap();

    page.go(&origin.url("/passkeys")).await.unwrap();
    let authenticator = page.authenticator().await.unwrap();
    page.click("#create").await.unwrap();
    page.wait_for_text("#state", "made public-key").await.unwrap();
    assert_eq!(authenticator.passkeys().await.unwrap().len(), 1);
    page.click("#get").await.unwrap();
    page.wait_for_text("#state", "used public-key").await.unwrap();
    authenticator.set_user_verified(false).await.unwrap();
    page.click("#get").await.unwrap();
    page.wait_for_text("#state", "failed NotAllowedError").await.unwrap();
}

#[tokio::test]
async fn a_stranger_has_no_cookies() {
    let (browser, origin) = (Browser::launch("en").await.unwrap(), origin().await);
    let (mine, theirs) = (browser.page().await.unwrap(), browser.stranger().await.unwrap());
    for page in [&mine, &theirs] {
        page.go(&origin.url("/")).await.unwrap();
    }
    // What a page sets is there for others once the page itself reads it.
    assert_eq!(mine.evaluate("document.cookie = 'a=b', document.cookie").await.unwrap(), "a=b");
    assert_eq!(mine.cookies(&origin.url("/")).await.unwrap(), [("a".to_owned(), "b".to_owned())]);
    assert_eq!(theirs.cookies(&origin.url("/")).await.unwrap(), []);
}

#[tokio::test]
async fn axe_core_finds_what_is_wrong_with_a_page_and_nothing_with_one_that_is_right() {
    let right =
        "<!doctype html><html lang=en><title>right</title><main><h1>Right</h1><img src='data:,' alt='a mark'></main>";
    let wrong = "<!doctype html><html lang=en><title>wrong</title><main><h1 style='color: #ccc'>Wrong</h1><img src='data:,'></main>";
    let browser = Browser::launch("en").await.unwrap();
    let origin = Origin::serve(&[("/right", right), ("/wrong", wrong)]).await.unwrap();
    let page = browser.page().await.unwrap();
    page.go(&origin.url("/right")).await.unwrap();
    assert_eq!(page.violations().await.unwrap(), Vec::<String>::new());
    page.go(&origin.url("/wrong")).await.unwrap();
    let found = page.violations().await.unwrap();
    let has = |rule: &str| found.iter().any(|one| one.starts_with(rule));
    assert!(has("image-alt:") && has("color-contrast:") && found.len() == 2, "{found:#?}");
}
