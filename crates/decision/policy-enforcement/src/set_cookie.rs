//! The cookies that an application sets: none of ours, and none for its neighbours.

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};
use sekisho_model::documents::CookieDomain;

/// Takes `Domain` out of the cookies that an application sets, unless its document keeps it: a cookie of one application that
/// its neighbours get could crowd them out, or stand for one of theirs.
pub fn settle_cookie_domains(fields: &mut HeaderMap, domain: CookieDomain) {
    if domain == CookieDomain::Keep || !fields.contains_key(SET_COOKIE) {
        return;
    }
    let all: Vec<HeaderValue> = fields.get_all(SET_COOKIE).iter().cloned().collect();
    if !all.iter().any(|value| value.as_bytes().split(|byte| *byte == b';').skip(1).any(is_domain)) {
        return;
    }
    fields.remove(SET_COOKIE);
    for value in all {
        if let Ok(value) = HeaderValue::from_bytes(&without_domain(value.as_bytes())) {
            fields.append(SET_COOKIE, value);
        }
    }
}

fn without_domain(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    for (number, part) in value.split(|byte| *byte == b';').enumerate() {
        if number > 0 && is_domain(part) {
            continue;
        }
        if number > 0 {
            out.push(b';');
        }
        out.extend_from_slice(part);
    }
    out
}

/// Whether an attribute is `Domain`, as browsers read it: in any case, with blanks around its name.
fn is_domain(attribute: &[u8]) -> bool {
    let name = attribute.split(|byte| *byte == b'=').next().unwrap_or_default();
    name.trim_ascii().eq_ignore_ascii_case(b"domain")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(cookies: &[&str], domain: CookieDomain) -> Vec<String> {
        let mut fields = HeaderMap::new();
        for cookie in cookies {
            fields.append(SET_COOKIE, HeaderValue::from_str(cookie).expect("a value"));
        }
        settle_cookie_domains(&mut fields, domain);
        fields.get_all(SET_COOKIE).iter().map(|value| value.to_str().expect("text").to_owned()).collect()
    }

    #[test]
    fn a_cookie_goes_back_to_the_application_that_set_it() {
        let cookies = [
            "a=b; Domain=corp.test; Path=/; Secure",
            "c=d;domain = .corp.test",
            "domain=x; Path=/",
            "e=f; DOMAIN",
            "g=h",
        ];
        let expected = ["a=b; Path=/; Secure", "c=d", "domain=x; Path=/", "e=f", "g=h"];
        assert_eq!(settled(&cookies, CookieDomain::Remove), expected);
        assert_eq!(settled(&cookies, CookieDomain::Keep), cookies);
    }
}
