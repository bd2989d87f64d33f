//! `sekisho login` and `sekisho logout`.

use std::path::PathBuf;

use clap::Args;
use sekisho_agent::{AgentError, ServerAddress};
use sekisho_model::Language;
use sekisho_terminal::{Line, Server, Session, TerminalError, Trust, language, sign_in};
use serde_json::json;

use super::client::{runtime, terminals_of};
use super::connection::{SessionFile, portal};
use super::output::one_line;
use super::{Failure, Output, Printing, agent_folder, browser};

/// Sign this terminal in through the browser.
#[derive(Debug, Args)]
pub(super) struct Login {
    /// The portal or the terminals' host; the platform that the agent reports to by default.
    #[arg(long, value_name = "URL", value_parser = portal)]
    server: Option<ServerAddress>,
    /// The agent's folder: the session is bound to its device's key [env: SEKISHO_AGENT] [default: `sekisho-agent` in this user's
    /// data folder, `~/.local/share`].
    // Not through clap: a variable that is merely set must not stand against `--authority` and `--pin`.
    #[arg(long, conflicts_with_all = ["authority", "pin"])]
    agent: Option<PathBuf>,
    /// On a machine that is not enrolled: the platform's authority as a PEM file.
    #[arg(long, requires = "server", conflicts_with = "pin")]
    authority: Option<PathBuf>,
    /// On a machine that is not enrolled: the SHA-256 of the platform's authority.
    #[arg(long, requires = "server")]
    pin: Option<String>,
    /// Do not open the page in the browser: only print it.
    #[arg(long)]
    no_browser: bool,
    #[command(flatten)]
    file: SessionFile,
    #[command(flatten)]
    printing: Printing,
}

/// End this terminal's session: everything open in it is cut.
#[derive(Debug, Args)]
pub(super) struct Logout {
    #[command(flatten)]
    file: SessionFile,
    #[command(flatten)]
    printing: Printing,
}

impl Login {
    pub(super) fn run(self) -> Result<(), Failure> {
        let (path, output) = (self.file.path()?, self.printing.output());
        let trust = self.trust()?;
        let address = match &self.server {
            Some(server) => server.clone(),
            None => Server::of_agent(&self.agent()?).map_err(of_agent)?,
        };
        runtime()?
            .block_on(async {
                let (address, server, line) = connect(address, &trust).await?;
                let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
                let codes = sign_in::ask(&line, &name).await?;
                self.tell(&codes, &output)?;
                let session = sign_in::collect(&server, line, &codes, (address, trust)).await?;
                session.write(&path)?;
                Ok::<_, LoginError>(session)
            })
            .map_err(LoginError::into_failure)
            .and_then(|session| {
                let value = json!({ "user": session.user, "device": session.device, "expires_at": session.expires_at,
                "file": path });
                let (user, end) = (one_line(&session.user.to_string()), output.times().at(session.expires_at));
                let text = match language() {
                    Language::English => format!("signed in as {user} until {end}"),
                    Language::Japanese => format!("{user} としてサインインしました（期限 {end}）"),
                };
                output.show_line(&value, &text).map(drop)
            })
    }

    /// Prints the page and the code, and opens the page where there is a display.
    fn tell(&self, codes: &sign_in::Codes, output: &Output) -> Result<(), LoginError> {
        let value = serde_json::to_value(codes).map_err(|error| LoginError::Output(Failure::failed(error)))?;
        let (page, code) = (one_line(&codes.verification_uri_complete), one_line(&codes.user_code));
        // A program opens it itself.
        let opens = !self.no_browser && !output.is_for_programs();
        let is_opened = opens && browser::show(&codes.verification_uri_complete);
        let text = match (language(), is_opened) {
            (Language::English, false) => format!(
                "Open this page in a browser, compare the code, and approve:\n\n  {page}\n\n  {code}\n\nWaiting for your answer …"
            ),
            (Language::English, true) => format!(
                "This page opens in your browser; compare the code, and approve:\n\n  {page}\n\n  {code}\n\nWaiting for your answer …"
            ),
            (Language::Japanese, false) => format!(
                "次のページをブラウザーで開き、コードを確認して承認してください。\n\n  {page}\n\n  {code}\n\n承認を待っています…"
            ),
            (Language::Japanese, true) => format!(
                "次のページをブラウザーで開きます。コードを確認して承認してください。\n\n  {page}\n\n  {code}\n\n承認を待っています…"
            ),
        };
        output.show_line(&value, &text).map(drop).map_err(LoginError::Output)
    }

    fn agent(&self) -> Result<PathBuf, Failure> {
        self.agent.clone().map_or_else(agent_folder::usual, Ok)
    }

    fn trust(&self) -> Result<Trust, Failure> {
        match (&self.authority, &self.pin) {
            (Some(file), _) => std::fs::read_to_string(file).map(Trust::Authority).map_err(|error| {
                let file = file.display();
                Failure::usage(format_args!("`--authority`: {file}: {error}: name the platform's `authority.pem`"))
            }),
            (None, Some(pin)) => Ok(Trust::Pin(pin.clone())),
            (None, None) => {
                let agent = self.agent()?;
                Server::of_agent(&agent).map_err(of_agent)?;
                // The file is read from wherever a later command runs.
                std::path::absolute(agent).map(Trust::Agent).map_err(Failure::usage)
            }
        }
    }
}

/// Nobody enrolled this machine, or not there: either may be meant.
fn of_agent(error: TerminalError) -> Failure {
    match error {
        TerminalError::Agent(AgentError::NotEnrolled(_)) => Failure::usage(format_args!(
            "{error}, name the agent's folder with `--agent DIR`, or sign in without a device with `--server URL --authority FILE`"
        )),
        other => Failure::terminal(other),
    }
}

/// The terminals' host, with a connection to it. The address may be that of the portal, which says where the terminals' host is.
async fn connect(address: ServerAddress, trust: &Trust) -> Result<(ServerAddress, Server, Line), LoginError> {
    let server = Server::new(address.clone(), trust).map_err(|error| LoginError::Output(of_agent(error)))?;
    let reached = server.connect().await;
    if let Ok(line) = &reached
        && sign_in::is_served(line).await?
    {
        return Ok((address, server, reached?));
    }
    let terminals = match terminals_of(&address, trust.client_config()?).await {
        Ok(terminals) => terminals,
        // It is no portal either: the first failure says more.
        Err(other) => return Err(reached.err().map_or(LoginError::Output(other), LoginError::Terminal)),
    };
    let server = Server::new(terminals.clone(), trust)?;
    let line = server.connect().await?;
    Ok((terminals, server, line))
}

/// Why a sign-in came to nothing.
enum LoginError {
    Terminal(TerminalError),
    Output(Failure),
}

impl From<TerminalError> for LoginError {
    fn from(error: TerminalError) -> Self {
        Self::Terminal(error)
    }
}

impl LoginError {
    fn into_failure(self) -> Failure {
        match self {
            Self::Terminal(error) => Failure::terminal(error),
            Self::Output(failure) => failure,
        }
    }
}

impl Logout {
    pub(super) fn run(self) -> Result<(), Failure> {
        let path = self.file.path()?;
        let ended = match Session::read(&path) {
            Ok(session) => runtime()?.block_on(sign_in::out(&session)),
            Err(error @ TerminalError::NotSignedIn(_)) => return Err(Failure::terminal(error)),
            Err(error) => Err(error),
        };
        // The file goes in any case: nobody who logs out wants it to stay.
        Session::remove(&path).map_err(Failure::terminal)?;
        let ended = ended.map_err(Failure::terminal)?;
        self.printing.output().show(&json!({ "ended": ended }), |_| match (ended, language()) {
            (true, Language::English) => "signed out".to_owned(),
            (true, Language::Japanese) => "サインアウトしました".to_owned(),
            (false, Language::English) => "the session had ended already".to_owned(),
            (false, Language::Japanese) => "セッションはすでに終了していました".to_owned(),
        })
    }
}
