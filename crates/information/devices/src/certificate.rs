//! Reading a device certificate that the TLS handshake has already verified.

use sekisho_device_protocol::enrolment::DEVICE_URI_PREFIX;
use sekisho_model::{DeviceId, PresentedDevice};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use crate::key::DeviceKey;

/// The device that a certificate names. Strict: anything our authority would not have written is `None`. The chain and the
/// dates were verified by the handshake; whether the device is still enrolled is for its document to say.
#[must_use]
pub fn identify(cert_der: &[u8]) -> Option<PresentedDevice> {
    let (rest, certificate) = X509Certificate::from_der(cert_der).ok()?;
    if !rest.is_empty() || !is_for_a_device(&certificate) {
        return None;
    }
    let key = DeviceKey::from_der(certificate.tbs_certificate.subject_pki.raw)?;
    Some(PresentedDevice { id: device_of(&certificate)?, key_sha256: key.sha256() })
}

/// Not a CA, and for client authentication and nothing else.
fn is_for_a_device(certificate: &X509Certificate<'_>) -> bool {
    let Ok(Some(usage)) = certificate.extended_key_usage() else {
        return false;
    };
    let usage = usage.value;
    let only_client = usage.client_auth
        && !(usage.any
            || usage.server_auth
            || usage.code_signing
            || usage.email_protection
            || usage.time_stamping
            || usage.ocsp_signing)
        && usage.other.is_empty();
    let leaf = match certificate.basic_constraints() {
        Ok(constraints) => constraints.is_none_or(|c| !c.value.ca),
        Err(_) => false,
    };
    only_client && leaf
}

/// The one subject alternative name, a device URI.
fn device_of(certificate: &X509Certificate<'_>) -> Option<DeviceId> {
    let names = certificate.subject_alternative_name().ok()??;
    match names.value.general_names.as_slice() {
        [GeneralName::URI(uri)] => uri.strip_prefix(DEVICE_URI_PREFIX)?.parse().ok(),
        _ => None,
    }
}
