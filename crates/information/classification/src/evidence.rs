//! What is kept of a value that was found: a keyed hash and the last digits.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sekisho_capability::{ChangeError, Services, key_once};
use sekisho_data_scanner::Finding;
use serde_json::json;

use crate::ScanRefusal;
use crate::data_scan::ValueEvidence;

/// The name of the key in the store.
const NAME: &str = "data-evidence";
/// How many bytes of the hash are kept.
const HASH: usize = 16;

/// The key of the hashes. Without it, a hash of twelve digits would be the digits: there are few enough to try.
#[derive(Debug)]
pub struct EvidenceKey(hmac::Key);

impl EvidenceKey {
    /// The platform's key, made when there is none.
    ///
    /// # Errors
    /// When the store fails, or the system gives no random bytes.
    pub async fn of(services: &Services) -> Result<Self, ScanRefusal> {
        let make = || {
            let secret = services.entropy.bytes::<32>().map_err(|_| ScanRefusal::NoKey)?;
            Ok::<_, ScanRefusal>(json!({ "secret": STANDARD.encode(*secret) }))
        };
        let body = key_once(&services.store, NAME, services.clock.now(), make).await?;
        let secret = body.get("secret").and_then(|secret| secret.as_str()).unwrap_or_default();
        let secret = STANDARD.decode(secret).ok().filter(|secret| secret.len() == 32).ok_or(ScanRefusal::NoKey)?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &secret)))
    }

    /// What is kept of a value.
    // INVARIANT I-38: a value that was found leaves the scan as a keyed hash and its last digits, and in no other form.
    #[must_use]
    pub fn evidence(&self, finding: &Finding) -> ValueEvidence {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(finding.kind.name().as_bytes());
        context.update(&[0]);
        context.update(finding.value.bytes());
        let hash = context.sign();
        let hash = hash.as_ref().get(..HASH).unwrap_or_default();
        ValueEvidence { hash: hex::encode(hash), last: finding.value.last_digits().to_owned() }
    }
}

impl From<ChangeError> for ScanRefusal {
    fn from(error: ChangeError) -> Self {
        Self::Change(error)
    }
}
