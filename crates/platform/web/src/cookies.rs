//! Reading and writing the portal's cookies.

use http::HeaderMap;
use http::header::COOKIE;

/// Begins the names of the cookies that give a browser that is not signed in its number, for form tokens. Pages that a browser opens
/// at the same time each set one of their own, so that none voids the form of another.
pub const BROWSER: &str = "__Host-sekisho-browser";
/// At most 32 numbers of one browser are read; a browser that opens more pages at once has a form refused and shown again.
const BROWSER_NUMBERS: usize = 32;
/// Says that somebody signed in here before, and who: what others fail at from the same address does not delay them.
pub(crate) const KNOWN: &str = "__Host-sekisho-known";
/// How long it does.
pub(crate) const KNOWN_SECONDS: u32 = 180 * 24 * 60 * 60;
/// Holds a sign-in between its steps, sealed by identity.
pub const STEP: &str = "__Host-sekisho-step";
/// Holds the chosen language.
pub const LANGUAGE: &str = "__Host-sekisho-language";

/// The value of the cookie with exactly that name. `None` when there are two, because either may be a forgery.
pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.strip_prefix(' ').unwrap_or(pair).split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let first = values.next();
    if values.next().is_some() { None } else { first }
}

/// The values of the cookies that give the browser its numbers.
pub(crate) fn browsers(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.strip_prefix(' ').unwrap_or(pair).split_once('='))
        .filter(|(name, _)| name.strip_prefix(BROWSER).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
        .map(|(_, value)| value)
        .take(BROWSER_NUMBERS)
}

/// Whether any cookie has that name.
pub(crate) fn has(headers: &HeaderMap, name: &str) -> bool {
    headers.get_all(COOKIE).iter().any(|header| {
        let start = format!("{name}=");
        header.to_str().is_ok_and(|text| text.split(';').any(|pair| pair.trim_start().starts_with(&start)))
    })
}

/// A cookie that ends with the browser.
pub fn set(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax")
}

/// A cookie that lasts.
pub fn set_for(name: &str, value: &str, seconds: u32) -> String {
    format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}")
}

/// Removes a cookie.
pub fn clear(name: &str) -> String {
    set_for(name, "", 0)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (COOKIE, HeaderValue::from_str(line).expect("a header"))).collect()
    }

    #[test]
    fn a_name_matches_byte_for_byte() {
        assert_eq!(read(&headers(&["a=1; __Host-sekisho=x"]), "__Host-sekisho"), Some("x"));
        for other in
            ["__host-sekisho=x", "  __Host-sekisho=x", "\t__Host-sekisho=x", "a__Host-sekisho=x", "__Host-sekisho"]
        {
            assert_eq!(read(&headers(&[other]), "__Host-sekisho"), None, "{other}");
        }
    }

    #[test]
    fn two_cookies_of_one_name_are_none() {
        assert_eq!(read(&headers(&["s=evil; s=good"]), "s"), None);
        assert_eq!(read(&headers(&["s=evil", "s=good"]), "s"), None);
        assert!(has(&headers(&["s=evil", "s=good"]), "s"));
    }

    #[test]
    fn each_number_of_a_browser_is_read_and_nothing_else() {
        let found = |line: &str| browsers(&headers(&[line])).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(
            found("__Host-sekisho-browser=a; x=y; __Host-sekisho-browser-0a=b; __Host-sekisho-browser-0b=c"),
            ["a", "b", "c"]
        );
        for other in
            ["__Host-sekisho-browserx=a", "__host-sekisho-browser-1=a", " __Host-sekisho-browse=a", "browser=a"]
        {
            assert!(found(other).is_empty(), "{other}");
        }
        let many: Vec<String> = (0..100).map(|n| format!("__Host-sekisho-browser-{n}=x")).collect();
        assert_eq!(found(&many.join("; ")).len(), BROWSER_NUMBERS);
    }

    #[test]
    fn every_cookie_is_bound_to_this_host() {
        for text in [set("n", "v"), set_for("n", "v", 5), clear("n")] {
            for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
                assert!(text.contains(part), "{text}");
            }
            assert!(!text.contains("Domain"));
        }
    }
}
