//! The query of a request: names and values.

/// The most pairs of one query.
const MOST: usize = 256;

/// The pairs of a query, in their order. `None` where two servers could read it differently: a broken escape, bytes that are not UTF-8, a
/// semicolon, which some take for a separator.
pub(crate) fn pairs(query: &str) -> Option<Vec<(String, String)>> {
    if query.contains(';') {
        return None;
    }
    let parts: Vec<&str> = query.split('&').filter(|part| !part.is_empty()).take(MOST + 1).collect();
    if parts.len() > MOST {
        return None;
    }
    let text = |part: &str| String::from_utf8(decode(part.as_bytes(), true)?).ok();
    let pair = |part: &&str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        Some((text(name)?, text(value)?))
    };
    parts.iter().map(pair).collect()
}

/// Decodes each escape once. `None` for a broken one.
pub(crate) fn decode(raw: &[u8], plus_is_space: bool) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                let text = std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(u8::is_ascii_hexdigit))?;
                out.push(u8::from_str_radix(text, 16).ok()?);
                rest = after;
            }
            b'+' if plus_is_space => out.push(b' '),
            other => out.push(*other),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_one_reading_or_none() {
        let read = |query: &str| pairs(query);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read("a=1&b=x+y%26z&&c"), Some(vec![pair("a", "1"), pair("b", "x y&z"), pair("c", "")]));
        for odd in ["a=1;b=2", "a=%2", "a=%zz", "a=%ff"] {
            assert_eq!(read(odd), None, "{odd}");
        }
        assert_eq!(read(&"a&".repeat(257)), None);
    }
}
