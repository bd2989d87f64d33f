//! Codes of authenticator apps (RFC 6238): SHA-1, six digits, 30 seconds, one step of tolerance, each step once.

use serde::{Deserialize, Serialize};
use totp_rs::{Algorithm, Builder};
use zeroize::Zeroizing;

use sekisho_model::Timestamp;

use crate::{Failure, Secret, base32, random};

/// An authenticator app of an account.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Totp {
    /// The shared secret: 20 bytes, in hexadecimal.
    key: Secret,
    /// The step of the last code that was accepted: it and older ones are not accepted again.
    last_step: u64,
    /// When the app was added.
    pub added_at: Timestamp,
    /// When it last served.
    pub last_used_at: Option<Timestamp>,
}

impl Totp {
    /// A new app with a random secret.
    pub(crate) fn make(now: Timestamp) -> Result<Self, Failure> {
        let key = Secret::from(hex::encode(random::bytes::<20>()?.as_slice()));
        Ok(Self { key, last_step: 0, added_at: now, last_used_at: None })
    }

    /// Whether the code is right and newer than the last accepted one; if so it is used up.
    pub(crate) fn take(&mut self, code: &Secret, now: Timestamp) -> bool {
        let typed: Zeroizing<String> =
            Zeroizing::new(code.expose().chars().filter(|c| !c.is_whitespace()).take(16).collect());
        if typed.len() != 6 || !typed.bytes().all(|b| b.is_ascii_digit()) {
            return false;
        }
        let Ok(seconds) = u64::try_from(now.as_seconds()) else { return false };
        let Some(key) = self.key_bytes() else { return false };
        let app = Builder::new().with_algorithm(Algorithm::SHA1).with_skew(1).with_secret(*key);
        let step = app.build().ok().and_then(|app| app.check(&typed, seconds));
        match step {
            Some(step) if step > self.last_step => {
                self.last_step = step;
                self.last_used_at = Some(now);
                true
            }
            Some(_) | None => false,
        }
    }

    /// Replaces an older app: a code that one accepted stays used up even if the secret is the same.
    pub(crate) fn after(mut self, older: Option<&Self>) -> Self {
        self.last_step = self.last_step.max(older.map_or(0, |app| app.last_step));
        self
    }

    /// The secret's bytes; none from a damaged document, and then no code is right.
    fn key_bytes(&self) -> Option<Zeroizing<[u8; 20]>> {
        let mut bytes = Zeroizing::new([0; 20]);
        hex::decode_to_slice(self.key.expose(), bytes.as_mut_slice()).ok()?;
        Some(bytes)
    }

    /// The secret for typing.
    pub(crate) fn secret(&self) -> Secret {
        Secret::from(self.key_bytes().map(|key| base32::encode(key.as_slice())).unwrap_or_default())
    }

    /// The `otpauth://` address that apps read from a QR code.
    pub(crate) fn uri(&self, issuer: &str, account: &str) -> Secret {
        let (issuer, account) = (percent_encode(issuer), percent_encode(account));
        let secret = self.secret();
        Secret::from(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
            secret.expose()
        ))
    }
}

/// Everything but RFC 3986's unreserved characters as `%XX`.
fn percent_encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rfc() -> Totp {
        let key = Secret::from(hex::encode(b"12345678901234567890"));
        Totp { key, last_step: 0, added_at: Timestamp::default(), last_used_at: None }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn it_accepts_the_rfcs_codes() {
        // RFC 6238, appendix B, the last six of the eight digits.
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert!(rfc().take(&Secret::from(code), at(seconds)), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_for_one_step_around_its_own_and_once() {
        let code = Secret::from("287 082");
        for (seconds, good) in [(29, true), (30, true), (59, true), (89, true), (90, false), (0, true), (300, false)] {
            assert_eq!(rfc().take(&code, at(seconds)), good, "{seconds}");
        }
        let mut app = rfc();
        assert!(app.take(&code, at(59)));
        assert!(!app.take(&code, at(60)));
        assert!(!rfc().after(Some(&app)).take(&code, at(60)));
        for wrong in ["", "28708", "2870822", "28708a", "２８７０８２", "-87082"] {
            assert!(!rfc().take(&Secret::from(wrong), at(59)), "{wrong}");
        }
    }

    #[test]
    fn the_address_for_apps_is_encoded() {
        let uri = rfc().uri("関所 x", "alice@example.jp");
        assert_eq!(
            uri.expose(),
            "otpauth://totp/%E9%96%A2%E6%89%80%20x:alice%40example.jp?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=%E9%96%A2%E6%89%80%20x&algorithm=SHA1&digits=6&period=30"
        );
    }
}
