//! Streamlit in Chromium: everything on its pages comes and goes over a WebSocket.

use sekisho_e2e::Trouble;
use sekisho_e2e::browser::Browser;

use crate::application::{Application, Place};
use crate::client::status;
use crate::installed;
use crate::scene::{HOST, Scene};

const PAGE: &str =
    "import streamlit as st\nst.title('見積もり')\nname = st.text_input('名前')\nst.write(f'こんにちは {name}!')\n";

async fn server() -> Result<Application, Trouble> {
    let place = Place::new()?;
    let page = place.put("page.py", PAGE)?;
    let mut command = installed::full_python("streamlit")?;
    command.arg("run").arg(page).args(["--server.headless", "true", "--server.address", "127.0.0.1"]);
    command.args(["--server.port", &place.port.to_string(), "--browser.gatherUsageStats", "false"]);
    place.start(command).await
}

#[tokio::test]
#[ignore = "needs Streamlit: run by `cargo verify --full`"]
async fn a_page_answers_what_is_typed() {
    let server = server().await.unwrap();
    let scene = Scene::start(server.port()).await.unwrap();
    let browser = Browser::launch("en").await.unwrap();
    let (page, closed) = scene.pages(&browser).await.unwrap();
    closed.go(&scene.member().url("/")).await.unwrap();
    assert!(closed.text("#root").await.unwrap().is_none());
    for (nobody, code) in [(scene.outsider(), "403"), (scene.stranger(), "401")] {
        assert_eq!(status(&nobody, &[&nobody.url("/_stcore/health")]).await.unwrap(), code);
    }
    let connector = scene.platform.connector().unwrap();
    assert!(connector.socket(HOST, "/_stcore/stream", &scene.outsider().cookie).await.is_err());

    page.go(&scene.member().url("/")).await.unwrap();
    page.wait_for_text("h1", "見積もり").await.unwrap();
    page.fill("input[type=text]", "三佳").await.unwrap();
    page.press("Enter").await.unwrap();
    page.wait_for_text("[data-testid=stMain]", "こんにちは 三佳!").await.unwrap();
}
