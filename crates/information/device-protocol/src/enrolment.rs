//! Enrolment and renewal: the device makes its key, proves that it holds it, and gets a certificate.

use sekisho_model::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Base64;

/// Where a device enrols: `POST`, without a client certificate.
pub const ENROL_PATH: &str = "/enroll";

/// Where a device renews its certificate: `POST`, with its client certificate.
pub const RENEW_PATH: &str = "/renew";

/// The prefix of the URI in a device certificate's subject alternative name; the device's identifier follows.
pub const DEVICE_URI_PREFIX: &str = "sekisho:device:";

/// A device asks to be enrolled. Without `Debug`, so that no log tells the token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// The one-time token that an administrator made for it.
    pub token: String,
    /// A PKCS#10 certificate request in DER. Only its public key and its signature count.
    pub csr: Base64,
}

/// A device asks for a new certificate for the same key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenewRequest {
    /// A PKCS#10 certificate request in DER, signed by the enrolled key.
    pub csr: Base64,
}

/// A certificate was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// Which device the certificate names.
    pub device: DeviceId,
    /// The certificate chain in DER, the device's own first.
    pub chain: Vec<Base64>,
    /// When the certificate ends.
    pub not_after: Timestamp,
    /// The origin of the portal, the only site that the agent proves the device to.
    pub portal_origin: String,
    /// The port on 127.0.0.1 where the portal's pages look for the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_port: Option<u16>,
}
