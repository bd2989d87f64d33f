//! Plain lists: one address or network at the beginning of each line.

use ipnet::IpNet;

use crate::failure::FeedFailure;
use crate::network;

/// What a list names, and how many of its lines name nothing usable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PlainList {
    pub(crate) networks: Vec<IpNet>,
    pub(crate) skipped: usize,
}

/// Reads a list. What stands behind the first word of a line, and lines that begin with `#` or `;`, are comments.
///
/// An empty answer, and one of which no line is an address, is no list: a page that says that the list has moved must not end every threat.
pub(crate) fn read(text: &str) -> Result<PlainList, FeedFailure> {
    let mut list = PlainList { networks: Vec::new(), skipped: 0 };
    for line in text.lines() {
        let line = line.split(['#', ';']).next().unwrap_or_default();
        let Some(word) = line.split([' ', '\t', ',', '\r']).find(|word| !word.is_empty()) else { continue };
        match network::read(word) {
            Some(network) => list.networks.push(network),
            None => list.skipped += 1,
        }
    }
    let is_list = !text.trim().is_empty() && (list.skipped == 0 || !list.networks.is_empty());
    let found = || if text.trim().is_empty() { "nothing" } else { "no line is an address" };
    is_list
        .then_some(list)
        .ok_or_else(|| FeedFailure::Unusable { expected: "list of addresses", found: found().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_of_a_line_counts() {
        let list = read("# a list\n\n192.0.2.7\t11\r\n198.51.100.0/24 ; note\n2001:db8::1, x\nexample.jp\n; end\n")
            .expect("a list");
        let expected =
            ["192.0.2.7/32", "198.51.100.0/24", "2001:db8::1/128"].map(|text| text.parse().expect("a network"));
        assert_eq!(list, PlainList { networks: expected.to_vec(), skipped: 1 });
        assert_eq!(read("# nothing is listed today\n").expect("a list").networks, []);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in ["", " \n", "<html>\n<body>moved</body>\n", "0.0.0.0/0\n"] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
