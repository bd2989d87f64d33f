//! The stage of the comparisons: one core for the proxy that is measured, the other for the load and the upstream.

use sekisho_e2e::Trouble;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::OPEN;
use tempfile::TempDir;

use crate::nginx::Nginx;

/// The core of what is measured.
pub(crate) const PROXY_CORE: &str = "0";
/// The core of the load, the upstream and the authoriser that the peers ask.
pub(crate) const LOAD_CORE: &str = "1";

/// Sekisho and nginx in front of the same upstream, and a person who may use it.
pub(crate) struct Stage {
    /// For scripts and logs.
    pub(crate) folder: TempDir,
    pub(crate) upstream: Nginx,
    pub(crate) nginx: Nginx,
    pub(crate) platform: Platform,
    /// The person's cookie.
    pub(crate) cookie: String,
}

impl Stage {
    pub(crate) async fn set() -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder"))?;
        let upstream = Nginx::upstream(LOAD_CORE).await?;
        let nginx = Nginx::proxy(PROXY_CORE, upstream.port).await?;
        let platform = Platform::start_under(1, &["taskset", "-c", PROXY_CORE]).await?;
        let mut person = platform.example(upstream.port).await?;
        person.open(OPEN, "/").await?.expect(200)?;
        let cookie = person.cookie(OPEN);
        Ok(Self { folder, upstream, nginx, platform, cookie })
    }

    /// Sekisho's address.
    pub(crate) fn ours(&self) -> String {
        format!("https://{OPEN}:{}/", self.platform.port())
    }

    /// nginx's address with TLS.
    pub(crate) fn nginx_tls(&self) -> String {
        format!("https://{OPEN}:{}/", self.nginx.tls_port)
    }

    /// nginx's address without.
    pub(crate) fn nginx_plain(&self) -> String {
        format!("http://{OPEN}:{}/", self.nginx.port)
    }

    pub(crate) async fn clear(self) -> Result<(), Trouble> {
        self.nginx.stop().await?;
        self.upstream.stop().await
    }
}
