//! Addresses within the portal.

/// Percent-encodes every byte that has a meaning in a query; a slash stays as it is.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte))
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_ends_a_value_is_left() {
        assert_eq!(encode("/a?b=c&d #é"), "/a%3Fb%3Dc%26d%20%23%C3%A9");
    }
}
