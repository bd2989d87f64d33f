//! `sekisho connect`.

use std::io::Write as _;

use clap::Args;
use sekisho_terminal::{Forward, Listen, Session, TerminalError};
use serde_json::json;

use super::client::runtime;
use super::connection::SessionFile;
use super::{Failure, Printing};

/// Open a tunnel to a TCP service.
#[derive(Debug, Args)]
pub(super) struct Connect {
    /// The service: the identifier of a resource of the kind `tcp`.
    resource: String,
    /// Listen here and open a tunnel for each connection: `127.0.0.1:15432` or `unix:/path`.
    #[arg(long, value_name = "ADDR", conflicts_with = "stdio")]
    listen: Option<Listen>,
    /// Carry standard input and output: the way of OpenSSH's `ProxyCommand`, and the default.
    #[arg(long)]
    stdio: bool,
    /// Listen on an address that other machines and other users reach: they use your access then.
    #[arg(long, requires = "listen")]
    expose: bool,
    #[command(flatten)]
    file: SessionFile,
    #[command(flatten)]
    printing: Printing,
}

impl Connect {
    pub(super) fn run(self) -> Result<(), Failure> {
        let session = Session::read(&self.file.path()?).map_err(Failure::terminal)?;
        let runtime = runtime()?;
        let outcome = match &self.listen {
            Some(place) => runtime.block_on(self.forward(place, session)),
            None => runtime.block_on(carry(&self.resource, &session)).map_err(Failure::terminal),
        };
        // A read of standard input that still waits must not hold up the end.
        runtime.shutdown_background();
        outcome
    }

    async fn forward(&self, place: &Listen, session: Session) -> Result<(), Failure> {
        let forward = Forward::open(place, self.expose, session, &self.resource).await.map_err(Failure::terminal)?;
        let place = forward.place().map_err(Failure::failed)?;
        self.printing.output().show_line(&json!({ "listening": place }), &format!("listening on {place}")).map(drop)?;
        tokio::select! {
            ended = forward.serve(tell) => ended.map_err(Failure::terminal),
            stopped = crate::up::wait_for_signal() => stopped,
        }
    }
}

async fn carry(resource: &str, session: &Session) -> Result<(), TerminalError> {
    let line = session.server()?.connect().await?;
    let tunnel = line.tunnel(resource, session.credential()).await?;
    tunnel.carry(tokio::io::stdin(), tokio::io::stdout()).await
}

/// Tells what became of one connection.
fn tell(error: &TerminalError) {
    // Nothing can be told to anybody when the terminal is gone.
    let _ = writeln!(std::io::stderr(), "sekisho: {error}");
}
