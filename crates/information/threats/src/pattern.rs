//! STIX patterns, as far as they name addresses: comparisons of an address, one of which suffices.
//!
//! A pattern that asks for several things at once, for an order or for repetition says less about an address than that it is hostile; it is
//! not read, and counted as such.

use ipnet::IpNet;

use crate::network;

/// The object paths whose value is an address from which somebody comes.
const PATHS: [&str; 3] = ["ipv4-addr:value", "ipv6-addr:value", "network-traffic:src_ref.value"];

/// The networks of which each alone makes the pattern match. `None` when the pattern is not of that form, or a value is no network.
pub(crate) fn networks(pattern: &str) -> Option<Vec<IpNet>> {
    let tokens = tokens(pattern)?;
    let (mut rest, mut found) = (tokens.as_slice(), Vec::new());
    loop {
        rest = observation(rest, &mut found)?;
        match rest.split_first() {
            None => return Some(found),
            Some((Token::Word(word), after)) if word == "OR" => rest = after,
            Some(_) => return None,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Left,
    Right,
    Comma,
    Word(String),
    Text(String),
}

fn observation<'t>(tokens: &'t [Token], found: &mut Vec<IpNet>) -> Option<&'t [Token]> {
    let (Token::Open, mut rest) = tokens.split_first()? else { return None };
    loop {
        rest = comparison(rest, found)?;
        match rest.split_first()? {
            (Token::Close, after) => return Some(after),
            (Token::Word(word), after) if word == "OR" => rest = after,
            _ => return None,
        }
    }
}

fn comparison<'t>(tokens: &'t [Token], found: &mut Vec<IpNet>) -> Option<&'t [Token]> {
    let (Token::Word(path), rest) = tokens.split_first()? else { return None };
    let (Token::Word(operator), rest) = rest.split_first()? else { return None };
    let (values, rest) = match operator.as_str() {
        "IN" => set(rest)?,
        "=" | "ISSUBSET" => match rest.split_first()? {
            (Token::Text(value), rest) => (vec![value.as_str()], rest),
            _ => return None,
        },
        _ => return None,
    };
    if PATHS.contains(&path.as_str()) {
        found.extend(values.into_iter().map(network::read).collect::<Option<Vec<_>>>()?);
    }
    Some(rest)
}

/// `('a', 'b')`.
fn set(tokens: &[Token]) -> Option<(Vec<&str>, &[Token])> {
    let (Token::Left, mut rest) = tokens.split_first()? else { return None };
    let mut values = Vec::new();
    loop {
        let (Token::Text(value), after) = rest.split_first()? else { return None };
        values.push(value.as_str());
        match after.split_first()? {
            (Token::Right, after) => return Some((values, after)),
            (Token::Comma, after) => rest = after,
            _ => return None,
        }
    }
}

fn tokens(pattern: &str) -> Option<Vec<Token>> {
    let (mut tokens, mut letters) = (Vec::new(), pattern.chars().peekable());
    while let Some(letter) = letters.next() {
        tokens.push(match letter {
            '[' => Token::Open,
            ']' => Token::Close,
            '(' => Token::Left,
            ')' => Token::Right,
            ',' => Token::Comma,
            '=' => Token::Word("=".to_owned()),
            '\'' => Token::Text(text(&mut letters)?),
            space if space.is_whitespace() => continue,
            letter => {
                let mut word = String::from(letter);
                while let Some(next) = letters.next_if(|next| !next.is_whitespace() && !"[]()=,'".contains(*next)) {
                    word.push(next);
                }
                Token::Word(word)
            }
        });
    }
    Some(tokens)
}

/// The rest of a text literal: a backslash takes the next character as it is.
fn text(letters: &mut impl Iterator<Item = char>) -> Option<String> {
    let mut text = String::new();
    loop {
        match letters.next()? {
            '\'' => return Some(text),
            '\\' => text.push(letters.next()?),
            letter => text.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(pattern: &str) -> Option<Vec<String>> {
        networks(pattern).map(|found| found.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn addresses_of_which_one_suffices_are_read() {
        for (pattern, expected) in [
            ("[ipv4-addr:value = '192.0.2.7']", vec!["192.0.2.7/32"]),
            (
                "[ipv4-addr:value='192.0.2.0/24' OR ipv6-addr:value ISSUBSET '2001:db8::/32']",
                vec!["192.0.2.0/24", "2001:db8::/32"],
            ),
            (
                "[ipv4-addr:value IN ('192.0.2.7', '192.0.2.8')] OR [domain-name:value = 'example.jp']",
                vec!["192.0.2.7/32", "192.0.2.8/32"],
            ),
            ("[network-traffic:src_ref.value = '192.0.2.7']", vec!["192.0.2.7/32"]),
            ("[domain-name:value = 'it\\'s [here]']", vec![]),
        ] {
            assert_eq!(named(pattern), Some(expected.into_iter().map(str::to_owned).collect()), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_that_asks_for_more_or_for_the_contrary_is_not_read() {
        for pattern in [
            "",
            "[ipv4-addr:value = '192.0.2.7' AND domain-name:value = 'example.jp']",
            "[ipv4-addr:value = '192.0.2.7'] AND [ipv4-addr:value = '192.0.2.8']",
            "[ipv4-addr:value = '192.0.2.7'] FOLLOWEDBY [ipv4-addr:value = '192.0.2.8']",
            "[ipv4-addr:value = '192.0.2.7'] REPEATS 5 TIMES",
            "[ipv4-addr:value != '192.0.2.7']",
            "[ipv4-addr:value NOT = '192.0.2.7']",
            "[NOT ipv4-addr:value = '192.0.2.7']",
            "[ipv4-addr:value LIKE '192.%']",
            "[ipv4-addr:value = '0.0.0.0/0']",
            "[ipv4-addr:value = 'not an address']",
            "[ipv4-addr:value IN ('192.0.2.7',]",
            "[ipv4-addr:value = '192.0.2.7'",
            "[ipv4-addr:value = '192.0.2.7",
            "[ipv4-addr:value = 7]",
        ] {
            assert_eq!(named(pattern), None, "{pattern}");
        }
    }
}
