//! Which platform a command asks: one on this machine, by its data folder, or one elsewhere, by its address.

use std::path::PathBuf;

use clap::Args;
use rustls::ClientConfig;
use sekisho_agent::{ServerAddress, ServerTrust};
use sekisho_terminal::{Session, TerminalError, default_file};

use crate::client::{AdminClient, Conversation, Credential, Remote, TOKEN, system_trust};
use crate::output::Printing;
use crate::{Failure, Output};

const DATA: &str = "SEKISHO_DATA";
const SERVER: &str = "SEKISHO_SERVER";

/// Where the running platform is, for commands that ask it.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The platform")]
pub struct Connection {
    // Neither through clap's `env`: a variable that is merely set must not stand against what is typed.
    /// The data folder of a platform on this machine [env: SEKISHO_DATA] [default: sekisho-data].
    #[arg(long, value_name = "DIR", global = true, conflicts_with = "server")]
    data: Option<PathBuf>,
    /// The portal of a platform elsewhere, such as `https://portal.example.jp` [env: SEKISHO_SERVER]. The API token in SEKISHO_TOKEN
    /// speaks for the command, or else the session of `sekisho login`.
    #[arg(long, value_name = "URL", global = true, value_parser = portal)]
    server: Option<ServerAddress>,
    /// With a token: trust the authority in this PEM file, and not those of the system.
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "pin")]
    ca: Option<PathBuf>,
    /// With a token: trust the authority with this SHA-256, and not those of the system.
    #[arg(long, value_name = "SHA256", global = true)]
    pin: Option<String>,
    #[command(flatten)]
    file: SessionFile,
    #[command(flatten)]
    printing: Printing,
}

/// Of commands that read files of this machine and ask no platform: takes `--server` only to say so.
#[derive(Debug, Default, Args)]
pub struct LocalFiles {
    #[arg(long, value_name = "URL", hide = true)]
    server: Option<String>,
}

impl LocalFiles {
    /// That nobody expects a platform elsewhere to be asked.
    ///
    /// # Errors
    /// When `--server` names one.
    pub fn check(&self, command: &str) -> Result<(), Failure> {
        match self.server {
            None => Ok(()),
            Some(_) => Err(Failure::usage(format_args!(
                "`sekisho {command}` reads a folder of this machine and asks no platform: run it where the folder is, or on a copy, without `--server`"
            ))),
        }
    }
}

/// Where the terminal's session is kept.
#[derive(Debug, Clone, Args)]
pub struct SessionFile {
    /// The session's file; `sekisho/session.json` in the configuration folder of this user by default.
    #[arg(long, env = "SEKISHO_SESSION")]
    session: Option<PathBuf>,
}

impl SessionFile {
    /// The file.
    ///
    /// # Errors
    /// When nothing names a folder for it.
    pub fn path(&self) -> Result<PathBuf, Failure> {
        self.session.clone().map_or_else(|| default_file().map_err(Failure::terminal), Ok)
    }
}

/// The address of a platform elsewhere, as a person writes it.
///
/// # Errors
/// When it is not one; the message has an example.
pub fn portal(text: &str) -> Result<ServerAddress, String> {
    text.parse().map_err(|_| {
        let text: String = text.chars().take(200).collect();
        format!(
            "`{}` is not the address of a platform: write `https://` and the name of its portal, for example `https://portal.example.jp`",
            text.escape_debug()
        )
    })
}

/// Where the platform is.
enum Place {
    Local(PathBuf),
    Elsewhere(ServerAddress),
}

impl Connection {
    /// Begins to ask the platform.
    ///
    /// # Errors
    /// When options do not go together, or nothing speaks for the command.
    pub fn client(&self) -> Result<Conversation, Failure> {
        let client = match self.place()? {
            Place::Local(_) if self.ca.is_some() || self.pin.is_some() => {
                return Err(Failure::usage(
                    "`--ca` and `--pin` are for a platform elsewhere: name it with `--server URL`",
                ));
            }
            Place::Local(data) => AdminClient::local(data.join("admin.sock")),
            Place::Elsewhere(server) => AdminClient::remote(self.remote(server)?),
        };
        client.converse(self.printing)
    }

    /// A connection of a command that runs only on the platform's own machine.
    ///
    /// # Errors
    /// When the options name a platform elsewhere.
    pub fn local_client(&self, command: &str) -> Result<Conversation, Failure> {
        match self.place()? {
            Place::Local(_) => self.client(),
            Place::Elsewhere(server) => Err(Failure::usage(format_args!(
                "`sekisho {command}` works only on the machine that the platform runs on, and not through {}",
                server.authority()
            ))),
        }
    }

    /// Whether the platform is on this machine, asked over its socket, where nobody signs in.
    ///
    /// # Errors
    /// When the variables name two platforms.
    pub fn is_local(&self) -> Result<bool, Failure> {
        self.place().map(|place| matches!(place, Place::Local(_)))
    }

    /// How the command prints what holds no point in time; what does, [`Conversation::output`] prints in the platform's time zone.
    #[must_use]
    pub fn output(&self) -> Output {
        self.printing.output()
    }

    fn place(&self) -> Result<Place, Failure> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let (data, server) = match (&self.data, &self.server) {
            (None, None) => (set(DATA).map(PathBuf::from), set(SERVER)),
            (Some(data), _) => return Ok(Place::Local(data.clone())),
            (None, Some(server)) => return Ok(Place::Elsewhere(server.clone())),
        };
        match (data, server) {
            (Some(_), Some(_)) => Err(Failure::usage(format_args!(
                "{DATA} and {SERVER} are both set: say which platform is meant with `--data` or `--server`"
            ))),
            (data, None) => Ok(Place::Local(data.unwrap_or_else(|| PathBuf::from("sekisho-data")))),
            (None, Some(server)) => portal(&server.to_string_lossy())
                .map(Place::Elsewhere)
                .map_err(|error| Failure::usage(format_args!("{SERVER}: {error}"))),
        }
    }

    /// A platform elsewhere, with the token of the environment or the session of this terminal.
    fn remote(&self, server: ServerAddress) -> Result<Remote, Failure> {
        if let Some(token) = Credential::of_environment()? {
            let trusts = self.trusts(&server)?;
            return Ok(Remote::new(server, trusts, Some(token)));
        }
        if self.ca.is_some() || self.pin.is_some() {
            return Err(Failure::usage(format_args!(
                "`--ca` and `--pin` go with a token in {TOKEN}; a session brings what it trusts: leave them out"
            )));
        }
        let session = self.session(&server)?;
        // The credential is bound to the key that this terminal shows at the terminals' host (RFC 8705).
        let trust = session.trust.client_config().map_err(Failure::terminal)?;
        Ok(Remote::new(session.server.clone(), vec![trust], Some(Credential::session(session.credential()))))
    }

    /// The session of this terminal, if it is one of that platform.
    fn session(&self, server: &ServerAddress) -> Result<Session, Failure> {
        let login = format!("`sekisho login --server https://{}`", server.authority());
        let session = Session::read(&self.file.path()?).map_err(|error| match error {
            TerminalError::NotSignedIn(_) => Failure::not_permitted(format_args!(
                "nobody is signed in to {}: run {login}, or set {TOKEN}",
                server.authority()
            )),
            other => Failure::terminal(other),
        })?;
        if !session.is_of(server) {
            let own = session.portal.as_ref().unwrap_or(&session.server).authority();
            return Err(Failure::not_permitted(format_args!(
                "you are signed in to {own}, and not to {}: run {login}",
                server.authority()
            )));
        }
        Ok(session)
    }

    /// How the host that gets a token is recognised: as the options say, or else as the session with that platform does or the
    /// system.
    fn trusts(&self, server: &ServerAddress) -> Result<Vec<ClientConfig>, Failure> {
        let named = match (&self.ca, &self.pin) {
            (Some(file), _) => {
                let pem = std::fs::read_to_string(file);
                let unread = |error| Failure::usage(format_args!("`--ca`: {}: {error}", file.display()));
                Some(ServerTrust::Pem(pem.map_err(unread)?))
            }
            (None, Some(pin)) => Some(ServerTrust::Pin(pin.clone())),
            (None, None) => None,
        };
        if let Some(named) = named {
            return Ok(vec![sekisho_agent::anonymous_config(&named).map_err(Failure::usage)?]);
        }
        // A session that cannot be used vouches for nothing.
        let session = self.file.path().ok().and_then(|file| Session::read(&file).ok());
        let session = session.filter(|session| session.is_of(server));
        let of_session = session.and_then(|session| session.trust.client_config().ok());
        Ok(of_session.into_iter().chain(system_trust()).collect())
    }
}
