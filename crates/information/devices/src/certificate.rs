//! Reading a device certificate that the TLS handshake has already verified.

use sekisho_device_protocol::enrolment::DEVICE_URI_PREFIX;
use sekisho_model::{DeviceId, PresentedDevice, WorkloadId};
use sekisho_policy_information::WORKLOAD_CERTIFICATE_NAME;
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

/// The one subject alternative name: a device URI, or the SPIFFE ID of a workload. A workload goes by a name that no device's certificate
/// has.
fn device_of(certificate: &X509Certificate<'_>) -> Option<DeviceId> {
    let names = certificate.subject_alternative_name().ok()??;
    match names.value.general_names.as_slice() {
        [GeneralName::URI(uri)] => match uri.strip_prefix(DEVICE_URI_PREFIX) {
            Some(device) => device.parse().ok().filter(|device: &DeviceId| !is_of_a_workload(device)),
            None => workload_of(uri),
        },
        _ => None,
    }
}

/// The workload of a SPIFFE ID. The trust domain is ours: the chain was verified up to our own authority, which sets every field.
fn workload_of(uri: &str) -> Option<DeviceId> {
    let (_, workload) = uri.strip_prefix("spiffe://")?.split_once("/workload/")?;
    workload.parse::<WorkloadId>().ok()?;
    format!("{}{workload}", WORKLOAD_CERTIFICATE_NAME).parse().ok()
}

fn is_of_a_workload(device: &DeviceId) -> bool {
    device.as_str().starts_with(WORKLOAD_CERTIFICATE_NAME)
}
