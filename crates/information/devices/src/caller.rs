//! Certificates for enforcement points that are not ours: a key and a certificate of the device authority, for client
//! authentication and nothing else.

use sekisho_authority::{ClientKey, ClientName};
use sekisho_device_protocol::enrolment::DEVICE_URI_PREFIX;
use sekisho_model::documents::EnforcementPoint;
use sekisho_model::{EnforcementPointId, Span, Timestamp};

use crate::devices::{Devices, DevicesError};

/// How long one lasts: its renewal is a command, not a program's.
const LIFE: Span = Span::from_minutes(365 * 24 * 60);

impl Devices {
    /// A key and a certificate for an enforcement point.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn issue_caller(&self, point: &EnforcementPointId, now: Timestamp) -> Result<ClientKey, DevicesError> {
        let name = format!("{}{point}", EnforcementPoint::CERTIFICATE_NAME);
        let client = ClientName { name: &name, uri: format!("{DEVICE_URI_PREFIX}{name}"), life: LIFE };
        Ok(self.authority().issue_client_key(client, now)?)
    }
}
