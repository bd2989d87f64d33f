//! Why a device (or a proof by one) is refused: values, each with a stable code, a status and a text for people.

use sekisho_capability::ChangeError;
use sekisho_device_protocol::report::Ticket;
use sekisho_model::Text;
use sekisho_store::StoreError;
use sekisho_web::messages;

use crate::devices::DevicesError;

/// Why a request about a device is refused.
#[derive(Debug)]
pub enum Refusal {
    /// The request is not what the protocol says.
    Malformed(&'static str),
    /// The request is too large or too deep.
    TooLarge,
    /// The request came without a device certificate.
    NoCertificate,
    /// The device is not enrolled, or not with this key.
    NotEnrolled,
    /// The device was revoked.
    Revoked,
    /// The report is about another device than the certificate.
    OtherDevice,
    /// The enrolment token is unknown, used or too old; which of them is not told.
    Token,
    /// The certificate request does not prove possession of a key of an accepted kind.
    CertificateRequest,
    /// The key was enrolled before.
    KeyEnrolled,
    /// The device is enrolled already.
    DeviceEnrolled,
    /// The report does not carry the ticket that is due: it is a repetition, too late, or crossed another one.
    NotNext(Ticket),
    /// Too many requests.
    TooMany,
    /// The proof answers no challenge of this session that is still open.
    ProofUnknown,
    /// The proof's signature is not the device's, or is about something else.
    ProofSignature,
    /// The device's clock is too far from ours.
    ProofClock,
    /// The device is assigned to another person.
    OtherOwner,
    /// The service cannot answer now.
    Unavailable(DevicesError),
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::TooLarge => "too-large",
            Self::NoCertificate => "certificate-required",
            Self::NotEnrolled => "device-not-enrolled",
            Self::Revoked => "device-revoked",
            Self::OtherDevice => "other-device",
            Self::Token => "token-invalid",
            Self::CertificateRequest => "certificate-request-invalid",
            Self::KeyEnrolled => "key-already-enrolled",
            Self::DeviceEnrolled => "device-already-enrolled",
            Self::NotNext(_) => "report-not-next",
            Self::TooMany => "too-many-requests",
            Self::ProofUnknown => "proof-unknown",
            Self::ProofSignature => "proof-signature",
            Self::ProofClock => "proof-clock",
            Self::OtherOwner => "device-of-another-person",
            Self::Unavailable(_) => "unavailable",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) | Self::CertificateRequest => 400,
            Self::NoCertificate => 401,
            Self::NotEnrolled
            | Self::Revoked
            | Self::OtherDevice
            | Self::Token
            | Self::ProofUnknown
            | Self::ProofSignature
            | Self::ProofClock
            | Self::OtherOwner => 403,
            Self::KeyEnrolled | Self::DeviceEnrolled | Self::NotNext(_) => 409,
            Self::TooLarge => 413,
            Self::TooMany => 429,
            Self::Unavailable(_) => 503,
        }
    }

    /// What a person reads: what is wrong and what to do.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Malformed(what) => messages::text_with("device-refusal-malformed", "what", what),
            other => messages::text(&format!("device-refusal-{}", other.code())),
        }
    }
}

impl From<DevicesError> for Refusal {
    fn from(error: DevicesError) -> Self {
        Self::Unavailable(error)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<ChangeError> for Refusal {
    fn from(error: ChangeError) -> Self {
        Self::Unavailable(error.into())
    }
}
