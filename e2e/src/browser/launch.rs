//! Starts Chromium without a window, with a fresh profile, and ends it with the value.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};

use super::Page;
use super::connection::Connection;
use crate::Trouble;

/// How long Chromium may take to start on a busy machine.
const START: Duration = Duration::from_secs(60);

/// What a browser for tests needs, and nothing that talks to the world on its own.
const FLAGS: [&str; 16] = [
    "--headless=new",
    // Chromium's own sandbox needs privileges that a container does not give; the pages are ours.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-default-apps",
    "--metrics-recording-only",
    // The platform makes its own authority at every start; trust in it is not what these tests are about.
    "--ignore-certificate-errors",
    "--remote-debugging-port=0",
    "--window-size=1280,900",
];

/// A running Chromium with a fresh profile. It ends when dropped.
#[derive(Debug)]
pub struct Browser {
    connection: Connection,
    _process: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts one that prefers English, or the language of that tag (`ja`).
    pub async fn launch(language: &str) -> Result<Self, Trouble> {
        Self::launch_with(language, &[]).await
    }

    /// The same with further flags.
    pub async fn launch_with(language: &str, flags: &[String]) -> Result<Self, Trouble> {
        Self::launch_as(language, flags, &json!({})).await
    }

    /// Starts one that sends cookies to other sites than the page's own, as Chrome does. Debian's Chromium does not by itself.
    pub async fn launch_with_cookies_of_other_sites() -> Result<Self, Trouble> {
        Self::launch_as("en", &[], &json!({ "profile": { "cookie_controls_mode": 0 } })).await
    }

    async fn launch_as(language: &str, flags: &[String], preferences: &Value) -> Result<Self, Trouble> {
        let profile = tempfile::tempdir().map_err(Trouble::during("a folder for the browser's profile"))?;
        let chosen = profile.path().join("Default");
        std::fs::create_dir(&chosen).map_err(Trouble::during("a folder for the browser's preferences"))?;
        std::fs::write(chosen.join("Preferences"), preferences.to_string())
            .map_err(Trouble::during("the browser's preferences"))?;
        let mut process = Command::new(program()?)
            .args(FLAGS)
            .args(flags)
            .arg(format!("--lang={language}"))
            .arg(format!("--accept-lang={language}"))
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .env("LANGUAGE", language)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(Trouble::during("chromium"))?;
        let output = process.stderr.take().ok_or_else(|| Trouble::new("chromium has no standard error"))?;
        let url = tokio::time::timeout(START, devtools(output)).await;
        let url = url.map_err(|_| Trouble::new(format!("chromium did not start within {} s", START.as_secs())))??;
        let connection = Connection::open(&url).await?;
        Ok(Self { connection, _process: process, _profile: profile })
    }

    /// Opens an empty tab.
    pub async fn page(&self) -> Result<Page, Trouble> {
        self.page_in(json!({ "url": "about:blank" })).await
    }

    /// Opens an empty tab that shares nothing with the others: another person's browser.
    pub async fn stranger(&self) -> Result<Page, Trouble> {
        let context = self.connection.call(None, "Target.createBrowserContext", json!({})).await?;
        let context = context.get("browserContextId").cloned().unwrap_or_default();
        self.page_in(json!({ "url": "about:blank", "browserContextId": context })).await
    }

    async fn page_in(&self, target: Value) -> Result<Page, Trouble> {
        let target = self.connection.call(None, "Target.createTarget", target).await?;
        let id = target.get("targetId").cloned().unwrap_or_default();
        let attach = json!({ "targetId": id, "flatten": true });
        let session = self.connection.call(None, "Target.attachToTarget", attach).await?;
        let session = session.get("sessionId").and_then(Value::as_str);
        let session = session.ok_or_else(|| Trouble::new("chromium attached to no tab"))?;
        Page::attach(self.connection.clone(), session.to_owned()).await
    }
}

fn program() -> Result<std::path::PathBuf, Trouble> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let candidates = std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file()).ok_or_else(|| {
        Trouble::new("no Chromium on the path: `cargo verify` installs it, or run `apt-get install chromium` as root")
    })
}

/// Reads the address that Chromium prints, then keeps reading so that it never waits for a reader.
async fn devtools(output: ChildStderr) -> Result<String, Trouble> {
    let mut lines = BufReader::new(output).lines();
    let mut seen = Vec::new();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(url) = line.strip_prefix("DevTools listening on ") {
            let url = url.trim().to_owned();
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(url);
        }
        seen.push(line);
    }
    Err(Trouble::new(format!("chromium ended at its start: {}", seen.join(" | "))))
}
