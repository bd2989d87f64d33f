//! What is taken out of answers before clients get them: fields of the hop, and cookies in our name.

use http::header::{CONNECTION, CONTENT_LENGTH, SET_COOKIE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::SessionCookie;

/// Takes out of an upstream's answer what is not for the client: fields of the hop, and cookies in our name.
///
/// Gives whether the upstream had tried to set one of our cookies.
pub fn clean_response(fields: &mut HeaderMap) -> bool {
    let named = fields
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .filter(|name| *name != CONTENT_LENGTH && *name != SET_COOKIE);
    // One look at each name: most answers have none of these, and a search for each of them would cost more.
    let unwanted: Vec<HeaderName> = named.chain(fields.keys().filter(|name| is_unwanted(name)).cloned()).collect();
    for name in unwanted {
        fields.remove(name);
    }
    fields.contains_key(SET_COOKIE) && drop_our_cookies(fields)
}

/// Whether a field of an answer is not for the client.
fn is_unwanted(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "sekisho-assertion"
            // What speaks for the whole host, not for the application behind it, is ours to say.
            | "alt-svc"
            | "clear-site-data"
            | "strict-transport-security"
    )
}

/// Whether a `Set-Cookie` holds our name where some browser could take it for the cookie's: before the attributes.
fn names_ours(value: &[u8]) -> bool {
    let pair = value.split(|byte| *byte == b';').next().unwrap_or_default().to_ascii_lowercase();
    let ours = SessionCookie::NAME.to_ascii_lowercase();
    pair.windows(ours.len()).any(|part| part == ours.as_bytes())
}

fn drop_our_cookies(fields: &mut HeaderMap) -> bool {
    let all: Vec<HeaderValue> = fields.get_all(SET_COOKIE).iter().cloned().collect();
    let kept: Vec<&HeaderValue> = all.iter().filter(|value| !names_ours(value.as_bytes())).collect();
    let dropped = kept.len() != all.len();
    if dropped {
        fields.remove(SET_COOKIE);
        for value in kept {
            fields.append(SET_COOKIE, value.clone());
        }
    }
    dropped
}

/// Takes out of a local service's answer what only the connection may say.
pub fn clean_local_response(fields: &mut HeaderMap) {
    for name in [CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE] {
        fields.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_sets_no_cookie_of_ours() {
        let mut fields = HeaderMap::new();
        for cookie in ["__Host-sekisho=x", "a=b", " __HOST-sekisho-flow=y", "c=d"] {
            fields.append(SET_COOKIE, HeaderValue::from_static(cookie));
        }
        fields.insert(CONNECTION, HeaderValue::from_static("x-hop, set-cookie"));
        fields.insert("x-hop", HeaderValue::from_static("1"));
        assert!(clean_response(&mut fields));
        assert_eq!(fields.get_all(SET_COOKIE).iter().collect::<Vec<_>>(), ["a=b", "c=d"]);
        assert_eq!(fields.len(), 2);
        assert!(!clean_response(&mut fields));
    }
}
