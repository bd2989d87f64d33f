//! The cookie that binds a sign-in to the browser that began it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_policy_enforcement::FLOW_COOKIE;

/// The secret that binds a sign-in to the browser that began it.
pub(crate) struct Flow([u8; 32]);

/// How long a browser keeps it: as long as a page may wait for somebody to sign in. It opens nothing by itself.
const LIFE_SECONDS: u32 = 12 * 60 * 60;

impl Flow {
    /// The browser's flow, if it has one: several pages that are opened at once share it.
    pub(crate) fn of_browser(cookie: Option<&str>) -> Self {
        cookie.and_then(Self::read).unwrap_or_else(|| {
            let mut bytes = [0; 32];
            if aws_lc_rs::rand::fill(&mut bytes).is_err() {
                tracing::error!("the system gives no randomness: sign-ins will fail");
            }
            Self(bytes)
        })
    }

    /// The flow that a cookie names.
    pub(crate) fn read(cookie: &str) -> Option<Self> {
        read_32(cookie).filter(|bytes| *bytes != [0; 32]).map(Self)
    }

    /// What the portal learns of it: its SHA-256.
    pub(crate) fn mark(&self) -> [u8; 32] {
        let mut mark = [0; 32];
        mark.iter_mut().zip(digest(&SHA256, &self.0).as_ref()).for_each(|(to, from)| *to = *from);
        mark
    }

    /// The `Set-Cookie` value.
    pub(crate) fn cookie(&self) -> String {
        let value = URL_SAFE_NO_PAD.encode(self.0);
        format!("{FLOW_COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={LIFE_SECONDS}")
    }

    /// The `Set-Cookie` value that ends the flow.
    pub(crate) fn clear() -> String {
        format!("{FLOW_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
    }
}

/// Reads 32 bytes of unpadded base64url, which is how codes and flows are written.
pub(crate) fn read_32(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    (text.len() == 43 && URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) == Ok(32)).then_some(bytes)
}
