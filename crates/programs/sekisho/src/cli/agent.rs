//! `sekisho agent …`

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Subcommand};
use sekisho_agent::{AgentConfig, AgentError, EnrolOptions, ServerAddress, ServerTrust};
use serde_json::{Value, json};

use super::agent_folder::AgentFolder;
use super::client::runtime;
use super::output::cell;
use super::{Failure, Output, Printing};

/// The most items of a fact that a person is shown; JSON and YAML have all.
const SHOWN: usize = 10;

/// The agent of this device.
#[derive(Debug, Subcommand)]
pub(super) enum Agent {
    /// Enrol this machine with a one-time token.
    #[command(
        after_help = "Example: sekisho agent enroll --server https://devices.example.jp --pin 5f2c… --token 3q2-7w…",
        group(ArgGroup::new("trust").required(true).args(["authority", "pin"]))
    )]
    Enroll {
        /// The device API's address.
        #[arg(long)]
        server: ServerAddress,
        /// The SHA-256 of the platform's authority, as `sekisho device token` prints it.
        #[arg(long)]
        pin: Option<String>,
        /// The platform's authority as a PEM file, instead of its pin.
        #[arg(long)]
        authority: Option<PathBuf>,
        /// The one-time token.
        // It is random, and can begin with a hyphen.
        #[arg(long, env = "SEKISHO_ENROLMENT_TOKEN", hide_env_values = true, allow_hyphen_values = true)]
        token: String,
        #[command(flatten)]
        folder: AgentFolder,
        #[command(flatten)]
        printing: Printing,
    },
    /// Report this machine's facts and answer the portal's page, until stopped.
    #[command(after_help = "Example: sekisho agent run --folder /var/lib/sekisho-agent")]
    Run {
        #[command(flatten)]
        folder: AgentFolder,
        /// How many seconds may pass between reports when nothing changes.
        #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u16).range(5..=3600))]
        report_every: u16,
        /// The port on 127.0.0.1 where the portal's page finds the agent; by default the one that the platform named at enrolment.
        #[arg(long)]
        port: Option<u16>,
        /// Keep the packet filter (nftables, table `inet sekisho`): a device that fails a check reaches the platform only, and one
        /// that stops reporting closes its services after three missed reports.
        #[arg(long)]
        isolate: bool,
        #[command(flatten)]
        printing: Printing,
    },
    /// Open the portal and prove this device to its session, without a connection between browser and agent.
    #[command(
        after_help = "The portal shows a code. The agent shows whose session, in which browser and from which address it stands for, and \
                      signs once you confirmed.\nExample: sekisho agent open WDJB-MJHT"
    )]
    Open {
        /// The code that the portal's page shows; asked for by default.
        code: Option<String>,
        #[command(flatten)]
        folder: AgentFolder,
        #[command(flatten)]
        printing: Printing,
    },
    /// Show the facts that this machine would report.
    #[command(after_help = "Example: sekisho agent facts --json")]
    Facts {
        #[command(flatten)]
        printing: Printing,
    },
}

impl Agent {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Enroll { server, pin, authority, token, folder, printing } => {
                let trust = match (pin, authority) {
                    (Some(pin), _) => ServerTrust::Pin(pin),
                    (None, Some(file)) => ServerTrust::Pem(
                        std::fs::read_to_string(&file)
                            .map_err(|error| Failure::usage(format_args!("{}: {error}", file.display())))?,
                    ),
                    (None, None) => return Err(Failure::usage("name the authority with `--pin` or `--authority`")),
                };
                enrol(EnrolOptions { server, trust, token, data_dir: folder.path()? }, &printing.output())
            }
            Self::Run { folder, report_every, port, isolate, printing } => {
                let config = AgentConfig {
                    report_every: Duration::from_secs(u64::from(report_every)),
                    proof_port: port,
                    isolate,
                    ..AgentConfig::new(folder.path()?)
                };
                report(config, &printing.output())
            }
            Self::Open { code, folder, printing } => super::agent_open::run(&folder.path()?, code, &printing.output()),
            Self::Facts { printing } => facts(&printing.output()),
        }
    }
}

fn enrol(options: EnrolOptions, output: &Output) -> Result<(), Failure> {
    let enrolled = runtime()?.block_on(sekisho_agent::enroll(&options)).map_err(Failure::failed)?;
    let value = json!({ "device": enrolled.device, "portal": enrolled.portal_origin, "not_after": enrolled.not_after.to_string() });
    output.show(&value, |_| {
        let folder = options.data_dir.display();
        format!("enrolled as {}; start the agent with\n  sekisho agent run --folder {folder}", enrolled.device)
    })
}

fn report(config: AgentConfig, output: &Output) -> Result<(), Failure> {
    crate::up::start_log_at("info");
    runtime()?.block_on(async {
        let agent = sekisho_agent::Agent::prepare(config).await.map_err(cannot_run)?;
        let value = json!({ "device": agent.enrolment().device, "proof": agent.proof_address().to_string() });
        output.show(&value, |_| {
            format!("{} reports; the portal's page finds it at {}", agent.enrolment().device, agent.proof_address())
        })?;
        crate::supervisor::ready();
        let stopped = async {
            drop(crate::up::wait_for_signal().await);
            crate::supervisor::stopping();
        };
        agent.run(stopped).await;
        Ok(())
    })
}

fn cannot_run(error: AgentError) -> Failure {
    match error {
        AgentError::NotEnrolled(_) => {
            Failure::usage(format_args!("{error}, or name the agent's folder with `--folder DIR` or SEKISHO_AGENT"))
        }
        other => Failure::failed(other),
    }
}

fn facts(output: &Output) -> Result<(), Failure> {
    let facts = runtime()?.block_on(sekisho_agent::facts());
    if output.is_for_programs() {
        return output.show(&json!(facts), |_| String::new());
    }
    let facts = json!(facts);
    let facts = facts.as_object().into_iter().flatten();
    let rows = facts.map(|(name, value)| json!({ "name": name, "value": told(value) })).collect();
    output.table(&rows, &[("FACT", "/name"), ("VALUE", "/value")], "no facts")
}

/// A fact as a person reads it: of a long list the first items, and how many there are.
fn told(value: &Value) -> Value {
    match value {
        Value::Array(items) if items.len() > SHOWN => {
            let first: Vec<String> = items.iter().take(SHOWN).map(|item| cell(Some(item))).collect();
            json!(format!("{} in all: {}, …", items.len(), first.join(", ")))
        }
        other => other.clone(),
    }
}
