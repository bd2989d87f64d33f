//! A listener on this machine whose connections are tunnels. Another user of the machine gets nothing from it.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::time::interval;

use crate::lines::Lines;
use crate::tunnel::Ends;
use crate::{Session, TerminalError, peer};

/// How often unused connections to the gateway are looked for.
const AT_TIMES: Duration = Duration::from_secs(10);

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// An address and port.
    Tcp(SocketAddr),
    /// A socket in the file system, mode 0600.
    Unix(PathBuf),
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("unix:") {
            Some(path) if !path.is_empty() => Ok(Self::Unix(PathBuf::from(path))),
            Some(_) => Err("write the path of the socket after `unix:`".to_owned()),
            None => text.parse().map(Self::Tcp).map_err(|_| {
                format!(
                    "`{}` is not a place to listen on: write `127.0.0.1:15432` or `unix:/path`",
                    text.escape_debug()
                )
            }),
        }
    }
}

/// A listener whose connections are tunnels to one resource.
pub struct Forward {
    listener: Listener,
    session: Arc<Session>,
    resource: Arc<str>,
    lines: Lines,
}

enum Listener {
    Tcp { listener: TcpListener, exposed: bool },
    Unix(UnixListener, PathBuf),
}

/// A connection that came in, from this user.
type Incoming = (Box<dyn AsyncRead + Send + Unpin>, Box<dyn AsyncWrite + Send + Unpin>);

impl Forward {
    /// Opens the listener.
    ///
    /// # Errors
    /// [`TerminalError::WouldExpose`] when the address is open to other machines and `expose` does not say so.
    pub async fn open(place: &Listen, expose: bool, session: Session, resource: &str) -> Result<Self, TerminalError> {
        let failed = |source| TerminalError::Listen { place: described(place), source };
        let listener = match place {
            Listen::Tcp(address) if !address.ip().is_loopback() && !expose => {
                return Err(TerminalError::WouldExpose(*address));
            }
            Listen::Tcp(address) => {
                Listener::Tcp { listener: TcpListener::bind(address).await.map_err(failed)?, exposed: expose }
            }
            Listen::Unix(path) => Listener::Unix(private_socket(path).map_err(failed)?, path.clone()),
        };
        let lines = Lines::to(session.server()?);
        Ok(Self { listener, session: Arc::new(session), resource: Arc::from(resource), lines })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn place(&self) -> io::Result<String> {
        match &self.listener {
            Listener::Tcp { listener, .. } => Ok(listener.local_addr()?.to_string()),
            Listener::Unix(_, path) => Ok(format!("unix:{}", path.display())),
        }
    }

    /// Serves connections until dropped. `tell` receives the error of a connection, which ends only that connection.
    ///
    /// # Errors
    /// When the listener itself fails.
    pub async fn serve(mut self, tell: impl Fn(&TerminalError) + Send + Sync + 'static) -> Result<(), TerminalError> {
        let tell = Arc::new(tell);
        let mut at_times = interval(AT_TIMES);
        loop {
            let accepted = tokio::select! {
                accepted = self.accept() => accepted?,
                _ = at_times.tick() => {
                    self.lines.close_idle();
                    None
                }
            };
            let Some((from, to)) = accepted else { continue };
            let seat = match self.lines.seat().await {
                Ok(seat) => seat,
                Err(error) => {
                    tell(&error);
                    continue;
                }
            };
            let (session, resource, tell) = (self.session.clone(), self.resource.clone(), tell.clone());
            tokio::spawn(async move {
                let carried = match seat.line().tunnel(&resource, session.credential()).await {
                    Ok(tunnel) => tunnel.carry_until(Ends::WithBoth, from, to).await,
                    Err(error) => Err(error),
                };
                if let Err(error) = carried {
                    tell(&error);
                }
            });
        }
    }

    /// The next connection; `None` for one of another user, which is closed without a byte.
    async fn accept(&self) -> Result<Option<Incoming>, TerminalError> {
        let failed = |source| TerminalError::Listen { place: self.place().unwrap_or_default(), source };
        match &self.listener {
            Listener::Tcp { listener, exposed } => {
                let (stream, from) = listener.accept().await.map_err(failed)?;
                let own = stream.local_addr().map_err(failed)?;
                if !exposed && !peer::is_this_user(from, own) {
                    return Ok(None);
                }
                let _ = stream.set_nodelay(true);
                let (from, to) = stream.into_split();
                Ok(Some((Box::new(from), Box::new(to))))
            }
            Listener::Unix(listener, _) => {
                let (stream, _) = listener.accept().await.map_err(failed)?;
                let same = stream.peer_cred().is_ok_and(|peer| peer.uid() == rustix::process::getuid().as_raw());
                if !same {
                    return Ok(None);
                }
                let (from, to) = stream.into_split();
                Ok(Some((Box::new(from), Box::new(to))))
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Self::Unix(_, path) = self {
            // It is ours, and nobody answers on it any more.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A socket that nobody else can open: made under a name that nobody knows, and moved into place when its mode is right.
fn private_socket(path: &PathBuf) -> io::Result<UnixListener> {
    if path.exists() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "it is there already: remove it, or name another"));
    }
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let listener = UnixListener::bind(&draft)?;
    std::fs::set_permissions(&draft, std::fs::Permissions::from_mode(0o600))?;
    std::fs::rename(&draft, path)?;
    Ok(listener)
}

fn described(place: &Listen) -> String {
    match place {
        Listen::Tcp(address) => address.to_string(),
        Listen::Unix(path) => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_an_address_or_a_socket() {
        assert_eq!("127.0.0.1:5".parse(), Ok(Listen::Tcp("127.0.0.1:5".parse().expect("an address"))));
        assert_eq!("unix:/a/b".parse(), Ok(Listen::Unix(PathBuf::from("/a/b"))));
        for wrong in ["", "unix:", "5432", "db:5432", "/a/b"] {
            assert!(wrong.parse::<Listen>().is_err(), "{wrong}");
        }
    }
}
