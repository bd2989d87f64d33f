//! The parameters of a request: a name that is there twice is nobody's word.

use std::collections::BTreeMap;

/// Parameters by name.
pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// The parameters of these pairs. `None` when a name is there twice.
    pub(crate) fn of(pairs: Vec<(String, String)>) -> Option<Self> {
        let count = pairs.len();
        let named: BTreeMap<String, String> = pairs.into_iter().collect();
        (named.len() == count).then_some(Self(named))
    }

    /// A parameter. One without a value is not there (RFC 6749, section 3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// The address with more parameters in its query.
pub(crate) fn with_parameters(address: &str, parameters: &[(&str, &str)]) -> String {
    let mut text = address.to_owned();
    for (name, value) in parameters {
        let mark = if text.contains('?') { '&' } else { '?' };
        text.push(mark);
        text.push_str(name);
        text.push('=');
        text.push_str(&component(value));
    }
    text
}

/// A text as a component of an address: everything but unreserved characters is escaped.
fn component(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    text.bytes().fold(String::new(), |mut escaped, byte| {
        match is_plain(byte) {
            true => escaped.push(char::from(byte)),
            false => escaped.push_str(&format!("%{byte:02X}")),
        }
        escaped
    })
}

/// A text of which `component` was made, or one of a form.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let mut decoded = [0];
                hex::decode_to_slice(digits, &mut decoded).ok()?;
                decoded[0]
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_is_read_again() {
        let text = "a b&c=d/é?%+";
        assert_eq!(decoded(&component(text)).as_deref(), Some(text));
        assert_eq!(decoded("soc%5Fab+c").as_deref(), Some("soc_ab c"));
        for wrong in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
        let address = with_parameters("https://rp.example/cb?x=1", &[("code", "a"), ("state", "b&c")]);
        assert_eq!(address, "https://rp.example/cb?x=1&code=a&state=b%26c");
    }

    #[test]
    fn a_name_that_is_there_twice_is_refused() {
        let pair = |name: &str| (name.to_owned(), "x".to_owned());
        assert!(Parameters::of(vec![pair("a"), pair("b")]).is_some());
        assert!(Parameters::of(vec![pair("a"), pair("a")]).is_none());
    }
}
