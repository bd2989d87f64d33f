//! Plain lists: one name in each line, as people and publishers of lists write them.

use std::net::IpAddr;

use crate::{Covers, DomainName, DomainNameError, ReadList};

/// What one line of a plain list names.
///
/// - `example.jp` is the name and everything below it;
/// - `*.example.jp` is everything below it;
/// - `0.0.0.0 example.jp`, the form of a hosts file, is that name alone.
///
/// # Errors
/// [`DomainNameError`] when it names nothing.
pub fn read_entry(line: &str) -> Result<(DomainName, Covers), DomainNameError> {
    let mut words = line.split_ascii_whitespace();
    let first = words.next().ok_or(DomainNameError)?;
    let (text, covers) = match (first.parse::<IpAddr>(), words.next()) {
        (Ok(_), Some(name)) => (name, Covers::Itself),
        (Ok(_), None) => return Err(DomainNameError),
        (Err(_), Some(_)) => return Err(DomainNameError),
        (Err(_), None) => match first.strip_prefix("*.") {
            Some(name) => (name, Covers::Below),
            None => (first, Covers::Both),
        },
    };
    if words.next().is_some() {
        return Err(DomainNameError);
    }
    Ok((text.parse()?, covers))
}

/// Reads a plain list. Empty lines and what follows `#` say nothing; a line that names nothing is counted as skipped.
#[must_use]
pub fn read_plain(text: &str) -> ReadList {
    let mut list = ReadList::default();
    for line in text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
        if line.is_empty() {
            continue;
        }
        match read_entry(line) {
            // Every hosts file names the machine itself.
            Ok((name, Covers::Itself)) if name.as_str() == "localhost" => {}
            Ok((name, covers)) => list.skipped += usize::from(!list.names.hold(name, covers)),
            Err(DomainNameError) => list.skipped += 1,
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_name_as_publishers_write_them() {
        let text = "# a list\n\nAds.Test\n*.below.test # why\n0.0.0.0 hosts.test\n::1 localhost\nnot a name\n日本.test\n127.0.0.1\n";
        let list = read_plain(text);
        let holds = |name: &str| list.names.holds(&name.parse().expect("a name"));
        assert!(holds("ads.test") && holds("x.ads.test"));
        assert!(!holds("below.test") && holds("x.below.test"));
        assert!(holds("hosts.test") && !holds("x.hosts.test"));
        assert!(!holds("localhost") && !holds("name"));
        assert_eq!((list.names.len(), list.skipped), (3, 3));
    }
}
