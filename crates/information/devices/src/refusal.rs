//! Why a device (or a proof by one) is refused: values, each with a stable code, a status and a text for people.

use sekisho_capability::ChangeError;
use sekisho_device_protocol::report::Ticket;
use sekisho_model::Text;
use sekisho_store::StoreError;

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
        let (en, ja) = match self {
            Self::Malformed(what) => return malformed(what),
            Self::TooLarge => ("The request is too large.", "リクエストが大きすぎます。"),
            Self::NoCertificate => (
                "This needs the device's certificate: enrol the device first.",
                "端末証明書が必要です。先に端末を登録してください。",
            ),
            Self::NotEnrolled => (
                "This device is not enrolled with this key: enrol it again with a new token.",
                "この端末はこの鍵で登録されていません。新しいトークンで登録し直してください。",
            ),
            Self::Revoked => (
                "This device was revoked: ask your administrator.",
                "この端末は失効しています。管理者に連絡してください。",
            ),
            Self::OtherDevice => ("A device reports only of itself.", "端末は自分自身についてのみ報告できます。"),
            Self::Token => (
                "The enrolment token is not valid (any more): ask your administrator for a new one.",
                "登録トークンが無効です。管理者に新しいトークンを依頼してください。",
            ),
            Self::CertificateRequest => (
                "The certificate request is not valid: use ECDSA P-256, P-384 or Ed25519 and sign it with the key.",
                "証明書要求が無効です。ECDSA P-256、P-384 または Ed25519 の鍵で署名してください。",
            ),
            Self::KeyEnrolled => (
                "This key was enrolled before: make a new key.",
                "この鍵は既に登録されています。新しい鍵を作成してください。",
            ),
            Self::DeviceEnrolled => (
                "This device is enrolled already: delete it first.",
                "この端末は既に登録されています。先に削除してください。",
            ),
            Self::NotNext(_) => (
                "The report is not the next one: repeat it with the ticket given here.",
                "報告の順番が正しくありません。ここにあるチケットで再送してください。",
            ),
            Self::TooMany => ("Too many requests: wait a little.", "リクエストが多すぎます。しばらく待ってください。"),
            Self::ProofUnknown => (
                "The device's proof came too late or was used before: try again.",
                "端末の証明が期限切れか使用済みです。もう一度お試しください。",
            ),
            Self::ProofSignature => (
                "The device's proof does not match this device and session: try again, or enrol the device again.",
                "端末の証明がこの端末とセッションに一致しません。再試行するか、端末を登録し直してください。",
            ),
            Self::ProofClock => (
                "The device's clock is wrong: set it and try again.",
                "端末の時計がずれています。合わせてからもう一度お試しください。",
            ),
            Self::OtherOwner => (
                "This device is assigned to another person: use your own, or ask your administrator.",
                "この端末は別の人に割り当てられています。自分の端末を使うか、管理者に連絡してください。",
            ),
            Self::Unavailable(_) => (
                "The device service cannot answer now: try again soon.",
                "端末サービスが応答できません。しばらくしてからお試しください。",
            ),
        };
        Text::new(en, ja)
    }
}

fn malformed(what: &str) -> Text {
    Text::new(&format!("The request is not valid: {what}."), &format!("リクエストが無効です: {what}。"))
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
