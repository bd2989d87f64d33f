//! The options of the demonstration, and what it runs.

use std::path::{Path, PathBuf};

use clap::Parser;
use sekisho::embedded::{Failure, line, run_with_log, wait_for_signal};
use serde_json::json;

use crate::organisation::SignIn;
use crate::scene::Scene;
use crate::{check, tour};

/// A whole Sekisho on this machine: two applications, three people, one device.
#[derive(Debug, Parser)]
#[command(
    name = "sekisho-demo",
    version,
    max_term_width = 110,
    after_help = "Examples:\n  sekisho-demo            start it and read what to try\n  sekisho-demo --check    let it drive its own eight steps"
)]
pub(crate) struct Demo {
    /// Drive the eight steps against the demo, print what was expected and seen, and end.
    #[arg(long)]
    check: bool,
    /// The folder for everything the demo keeps. `sekisho/demo` in your data folder by default; with `--check`, a new one.
    #[arg(long)]
    data: Option<PathBuf>,
    /// The port of the gateway on 127.0.0.1; 0 takes a free one. 8443 by default; with `--check`, a free one.
    #[arg(long)]
    port: Option<u16>,
    /// The port on which the device agent answers the portal's page. 47443 by default; with `--check`, a free one.
    #[arg(long)]
    agent_port: Option<u16>,
    /// For a browser without passkeys: payroll takes a password and a one-time code, which is weaker.
    #[arg(long, conflicts_with = "check")]
    no_passkeys: bool,
    /// Print one JSON object with the addresses and links instead of text.
    #[arg(long)]
    json: bool,
}

impl Demo {
    /// Runs the demonstration until a signal stops it, or its check until the last step.
    pub(crate) fn run(self) -> Result<(), Failure> {
        run_with_log(if self.check { "warn" } else { "info" }, async {
            if self.check {
                return self.checked().await;
            }
            let folder = self.data.clone().map_or_else(default_folder, Ok)?;
            let scene = self.scene(&folder).await?;
            let links = scene.enrolment_links().await?;
            if self.json {
                line(&json!(tour::addresses(&scene, &links)).to_string())?;
            } else {
                line(&tour::text(&scene, &links, self.sign_in()))?;
            }
            wait_for_signal().await?;
            scene.stop().await;
            Ok(())
        })
    }

    async fn scene(&self, folder: &Path) -> Result<Scene, Failure> {
        Scene::start(folder, self.port.unwrap_or(8443), self.agent_port.unwrap_or(47_443), self.sign_in()).await
    }

    const fn sign_in(&self) -> SignIn {
        if self.no_passkeys { SignIn::OneTimeCode } else { SignIn::Passkey }
    }

    async fn checked(&self) -> Result<(), Failure> {
        let own = match &self.data {
            Some(folder) => folder.clone(),
            None => fresh_folder(),
        };
        let scene = Scene::start(&own, self.port.unwrap_or(0), self.agent_port.unwrap_or(0), SignIn::Passkey).await?;
        let passed = check::run(&scene).await?;
        scene.stop().await;
        if passed {
            if self.data.is_none() {
                // The folder holds nothing that anybody needs after a check that passed.
                let _ = std::fs::remove_dir_all(&own);
            }
            return Ok(());
        }
        Err(Failure::failed(format_args!("the check failed; what it left is in {}", own.display())))
    }
}

/// `$XDG_DATA_HOME/sekisho/demo`, or the same under the home folder.
fn default_folder() -> Result<PathBuf, Failure> {
    let base = match (std::env::var_os("XDG_DATA_HOME"), std::env::var_os("HOME")) {
        (Some(data), _) if !data.is_empty() => PathBuf::from(data),
        (_, Some(home)) => PathBuf::from(home).join(".local/share"),
        _ => return Err(Failure::usage("there is no home folder: name a folder with `--data DIR`")),
    };
    Ok(base.join("sekisho").join("demo"))
}

/// A folder that no other run uses.
fn fresh_folder() -> PathBuf {
    std::env::temp_dir().join(format!("sekisho-check-{}", uuid::Uuid::now_v7()))
}
