//! Why certificates cannot be used.

use sekisho_authority::AuthorityError;

/// Why certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateProblem {
    /// The files hold no usable certificate: the setting, the file, and the fix.
    #[error("{0}")]
    Files(String),
    /// The own authority cannot issue one.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// They cannot be shown.
    #[error("{0}")]
    Shown(String),
    /// They are kept no longer: the platform stops.
    #[error("the certificates are no longer kept")]
    Stopped,
}
