//! Which programs, and where they are: Debian's nginx, the others in a folder of Python packages.

use std::path::PathBuf;

use crate::Trouble;

/// A proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// nginx with `auth_request`.
    Nginx,
    /// Traefik with `forwardAuth`.
    Traefik,
    /// Caddy with `forward_auth`.
    Caddy,
    /// Envoy with `ext_authz`.
    Envoy,
}

impl Program {
    /// Its name, as documents and the guide's files write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Traefik => "traefik",
            Self::Caddy => "caddy",
            Self::Envoy => "envoy",
        }
    }

    /// The guide's files with its configuration, the one that it is started with first.
    pub(super) const fn files(self) -> &'static [&'static str] {
        match self {
            Self::Nginx => &["nginx.conf"],
            Self::Traefik => &["traefik.toml", "traefik-dynamic.toml"],
            Self::Caddy => &["Caddyfile"],
            Self::Envoy => &["envoy.yaml"],
        }
    }

    /// Where it is installed.
    pub fn path(self) -> Result<PathBuf, Trouble> {
        let path = match self {
            Self::Nginx => PathBuf::from("/usr/sbin/nginx"),
            Self::Traefik | Self::Caddy | Self::Envoy => packages().join(self.name()),
        };
        let missing = || Trouble::new(format!("{} is not at {}: run `cargo verify`", self.name(), path.display()));
        path.is_file().then(|| path.clone()).ok_or_else(missing)
    }
}

/// The folder with the programs of the Python packages that `cargo verify` installs.
#[must_use]
pub fn packages() -> PathBuf {
    crate::installed().join("peers/bin")
}
