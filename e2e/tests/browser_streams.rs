//! What a browser keeps open and moves through the gateway: WebSocket, server-sent events, upload, download, and their cut.

use sekisho_e2e::browser::Browser;
use sekisho_e2e::origin::Streams;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::{ACCOUNT, OPEN};

const PAGE: &str = "<!doctype html><title>streams</title>
<p id=socket>none</p><p id=events>none</p><p id=upload>none</p><p id=download>none</p><p id=protocol></p>
<button id=open onclick=\"open_all()\">Open</button>
<script>
const show = (id, text) => document.getElementById(id).innerText = text;
function open_all() {
  const socket = new WebSocket(`wss://${location.host}/socket`);
  socket.onopen = () => socket.send('hello from a page');
  socket.onmessage = e => { if (e.data === 'hello from a page') show('socket', 'echoed'); };
  socket.onclose = e => show('socket', `closed ${e.code} ${e.reason}`);
  const events = new EventSource('/events');
  events.onmessage = e => { if (e.data === '2') show('events', 'three'); };
  events.addEventListener('sekisho-end', e => { events.close(); show('events', 'ended ' + JSON.parse(e.data).reason); });
  fetch('/upload', { method: 'POST', body: new Blob([new Uint8Array(20000000)]) }).then(r => r.text()).then(t => show('upload', t));
  fetch('/download?20000000').then(r => r.arrayBuffer()).then(b => {
    show('download', b.byteLength);
    show('protocol', performance.getEntriesByType('resource').find(e => e.name.includes('/download')).nextHopProtocol);
  });
}
</script>";

#[tokio::test]
async fn a_page_opens_and_moves_what_it_likes_until_it_is_cut() {
    let (browser, origin) = (Browser::launch("en").await.unwrap(), Streams::serve(PAGE).await.unwrap());
    let platform = Platform::start(1).await.unwrap();
    let mut person = platform.example(origin.port()).await.unwrap();
    person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    let page = browser.page().await.unwrap();
    let url = format!("https://{OPEN}:{}/", platform.port());
    for cookie in person.cookie(OPEN).split("; ") {
        let (name, value) = cookie.split_once('=').unwrap();
        page.give_cookie(&url, name, value).await.unwrap();
    }
    page.go(&url).await.unwrap();
    page.click("#open").await.unwrap();
    page.wait_for_text("#socket", "echoed").await.unwrap();
    page.wait_for_text("#events", "three").await.unwrap();
    page.wait_for_text("#upload", "20000000").await.unwrap();
    page.wait_for_text("#download", "20000000").await.unwrap();
    page.wait_for_text("#protocol", "h2").await.unwrap();
    platform.command(&["user", "disable", ACCOUNT]).await.unwrap();
    page.wait_for_text("#socket", "closed 1008 ").await.unwrap();
    page.wait_for_text("#events", "ended ").await.unwrap();
}
