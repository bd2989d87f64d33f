//! Node-RED in Chromium: a flow runs, and its messages come over the editor's WebSocket.

use sekisho_e2e::Trouble;
use sekisho_e2e::browser::Browser;

use crate::application::{Application, Place};
use crate::client::status;
use crate::installed;
use crate::scene::{HOST, Scene};

const FLOW: &str = r#"[ { "id": "tab", "type": "tab", "label": "流れ" },
  { "id": "in", "type": "inject", "z": "tab", "props": [{ "p": "payload" }], "repeat": "0.5", "once": true, "onceDelay": 0.1,
    "payload": "こんにちは", "payloadType": "str", "x": 100, "y": 100, "wires": [["out"]] },
  { "id": "out", "type": "debug", "z": "tab", "active": true, "tosidebar": true, "complete": "payload", "x": 300, "y": 100, "wires": [] } ]"#;

async fn server() -> Result<Application, Trouble> {
    let place = Place::new()?;
    place.put("user/flows.json", FLOW)?;
    let settings = "module.exports = { uiHost: '127.0.0.1', flowFile: 'flows.json', editorTheme: { tours: false } };\n";
    let settings = place.put("user/settings.js", settings)?;
    let mut command = installed::node("full", "node-red/red.js")?;
    command.args(["--port", &place.port.to_string(), "--userDir"]).arg(place.folder().join("user"));
    command.arg("--settings").arg(settings);
    place.start(command).await
}

#[tokio::test]
#[ignore = "needs Node-RED: run by `cargo verify --full`"]
async fn a_flow_sends_its_messages_to_the_editor() {
    let server = server().await.unwrap();
    let scene = Scene::start(server.port()).await.unwrap();
    let browser = Browser::launch("en").await.unwrap();
    let (page, closed) = scene.pages(&browser).await.unwrap();
    closed.go(&scene.member().url("/")).await.unwrap();
    assert!(closed.text("#red-ui-editor").await.unwrap().is_none());
    for (nobody, code) in [(scene.outsider(), "403"), (scene.stranger(), "401")] {
        assert_eq!(status(&nobody, &["--request", "POST", "--data", "[]", &nobody.url("/flows")]).await.unwrap(), code);
    }
    let connector = scene.platform.connector().unwrap();
    assert!(connector.socket(HOST, "/comms", &scene.outsider().cookie).await.is_err());

    page.go(&scene.member().url("/")).await.unwrap();
    page.wait_for("#red-ui-workspace-chart").await.unwrap();
    page.wait_for(".red-ui-debug-msg").await.unwrap();
    let message = "document.querySelector('.red-ui-debug-msg').textContent";
    let message = page.evaluate(message).await.unwrap();
    assert!(message.as_str().unwrap_or_default().contains("こんにちは"), "{message}\n{}", server.log());
}
