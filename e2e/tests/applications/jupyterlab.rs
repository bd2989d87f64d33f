//! JupyterLab in Chromium: a notebook is opened and a cell runs, over the WebSocket of its kernel.

use sekisho_e2e::Trouble;
use sekisho_e2e::browser::Browser;

use crate::application::{Application, Place};
use crate::client::status;
use crate::installed;
use crate::scene::{HOST, Scene};

const NOTEBOOK: &str = r##"{ "cells": [ { "cell_type": "code", "execution_count": null, "id": "a", "metadata": {}, "outputs": [],
  "source": "print('答え', 6 * 7)" } ], "nbformat": 4, "nbformat_minor": 5,
  "metadata": { "kernelspec": { "display_name": "Python 3", "language": "python", "name": "python3" } } }"##;

async fn server() -> Result<Application, Trouble> {
    let place = Place::new()?;
    place.put("work/計算.ipynb", NOTEBOOK)?;
    let mut command = installed::full_python("jupyter-lab")?;
    command.args(["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0"]);
    // It knows who asks by the gateway, and has no token of its own.
    command.args(["--IdentityProvider.token=", "--ServerApp.password="]);
    // The one setting that it needs behind any proxy: other hosts than `localhost` are served.
    command.arg("--ServerApp.allow_remote_access=True");
    command
        .arg(format!("--ServerApp.port={}", place.port))
        .arg(format!("--ServerApp.root_dir={}/work", place.folder().display()));
    place.start(command).await
}

#[tokio::test]
#[ignore = "needs JupyterLab: run by `cargo verify --full`"]
async fn a_cell_of_a_notebook_runs() {
    let server = server().await.unwrap();
    let scene = Scene::start(server.port()).await.unwrap();
    let browser = Browser::launch("en").await.unwrap();
    let (page, closed) = scene.pages(&browser).await.unwrap();
    let notebook = scene.member().url("/lab/tree/%E8%A8%88%E7%AE%97.ipynb");
    closed.go(&notebook).await.unwrap();
    assert!(closed.text(".jp-Notebook").await.unwrap().is_none());
    for (nobody, code) in [(scene.outsider(), "403"), (scene.stranger(), "401")] {
        assert_eq!(status(&nobody, &["--request", "POST", &nobody.url("/api/kernels")]).await.unwrap(), code);
    }
    let connector = scene.platform.connector().unwrap();
    assert!(connector.socket(HOST, "/api/kernels/x/channels", &scene.outsider().cookie).await.is_err());

    page.go(&notebook).await.unwrap();
    page.wait_for_text(".jp-Notebook", "答え").await.unwrap();
    page.wait_for_text("#jp-main-statusbar", "Idle").await.unwrap();
    page.click("[data-command='notebook:run-cell-and-select-next'], [data-jp-item-name='run'] button").await.unwrap();
    page.wait_for_text(".jp-OutputArea-output", "答え 42").await.unwrap();
}
