//! What the gateway finds at the address of an application: the program gives the function, which dials by the gateway's own rules.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use sekisho_model::documents::Resource;

/// What an address answers to `GET /`: the status, and the `Location` of a redirect. Or why there is no answer.
pub type Answer = Result<(u16, Option<String>), String>;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Probed {
    /// Why there is nothing to dial; `None` when there is.
    pub nowhere: Option<String>,
    /// Each address with its answer.
    pub addresses: Vec<(SocketAddr, Answer)>,
    /// The certificate that the application shows (DER), with the SHA-256 of its public key. It need not be trusted.
    pub certificate: Option<(Vec<u8>, [u8; 32])>,
}

impl Probed {
    /// Whether some address answered.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        self.addresses.iter().any(|(_, answer)| answer.is_ok())
    }
}

/// The end of a probe.
pub type Probing = Pin<Box<dyn Future<Output = Probed> + Send>>;

/// Tries the address of an application, within a bounded time. A cheap handle.
#[derive(Clone)]
pub struct UpstreamProbe(Arc<dyn Fn(Arc<Resource>) -> Probing + Send + Sync>);

impl UpstreamProbe {
    /// A probe by this function.
    pub fn new(probe: impl Fn(Arc<Resource>) -> Probing + Send + Sync + 'static) -> Self {
        Self(Arc::new(probe))
    }

    /// What is found at the upstream of a resource.
    pub(crate) async fn ask(&self, resource: Resource) -> Probed {
        (self.0)(Arc::new(resource)).await
    }
}

impl fmt::Debug for UpstreamProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UpstreamProbe")
    }
}
