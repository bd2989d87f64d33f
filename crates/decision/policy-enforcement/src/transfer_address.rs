//! The address on an application's host to which the portal sends a browser that has signed in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What the address of a transfer says: `code=…&return=…`.
#[derive(Debug, Default)]
pub struct TransferAddress {
    /// The code.
    pub code: Option<[u8; 32]>,
    /// Where to go on, when the code does not say it. Not believed before [`crate::return_path`] has read it.
    pub return_to: Option<String>,
}

impl TransferAddress {
    /// The address with that query.
    #[must_use]
    pub fn read(query: &str) -> Self {
        let mut asked = Self::default();
        for part in query.split('&') {
            match part.split_once('=') {
                Some(("code", code)) => asked.code = read_32(code),
                Some(("return", path)) => asked.return_to = percent_decode(path),
                _ => {}
            }
        }
        asked
    }
}

/// Reads 32 bytes of unpadded base64url.
fn read_32(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    (text.len() == 43 && URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) == Ok(32)).then_some(bytes)
}

/// Everything but RFC 3986's unreserved characters and the slash.
#[must_use]
pub fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Undoes percent-encoding; `None` for what is not percent-encoded text.
#[must_use]
pub fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            let digits =
                std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_transfer_is_read_as_the_portal_writes_it() {
        let asked = TransferAddress::read(&format!("code={}&return=/a%3Fb%3D%252F", "A".repeat(43)));
        assert_eq!((asked.code, asked.return_to.as_deref()), (Some([0; 32]), Some("/a?b=%2F")));
        for wrong in ["", "code=", "code=AAAA", "return=%", "return=%4", "return=%zz", "return=%ff", "x=1"] {
            let asked = TransferAddress::read(wrong);
            assert!(asked.code.is_none() && asked.return_to.is_none(), "{wrong}");
        }
    }
}
