//! Every reading of a path: all that the steps of servers make of it, in whatever order they take them.

use std::collections::BTreeSet;

use super::is_plain;
use super::steps::{Decoding, decode, merged, trimmed, with_slashes, without_parameters, without_query};

/// The most readings that one path may have. One that has more is permitted by no policy that reads paths.
pub const MOST_READINGS: usize = 64;
/// The most bytes that all of them may have: a longer path may have fewer.
const MOST_BYTES: usize = 128 * 1024;

/// The readings of a path besides its own bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readings {
    /// Every server reads the bytes as they stand.
    Plain,
    /// Some server reads one of these. Bytes that are not UTF-8 are U+FFFD.
    Others(Vec<String>),
    /// There are more than [`MOST_READINGS`], or they are longer than 128 KiB together.
    TooMany,
}

/// The readings of a path that [`super::check_path`] accepts.
#[must_use]
pub fn readings(raw: &str) -> Readings {
    if is_plain(raw.as_bytes()) {
        return Readings::Plain;
    }
    let (mut found, mut bytes) = (BTreeSet::new(), 0);
    let mut waiting = vec![Form { bytes: raw.as_bytes().to_vec(), is_decoded: false }];
    while let Some(form) = waiting.pop() {
        if found.contains(&form) {
            continue;
        }
        bytes += form.bytes.len();
        if found.len() > MOST_READINGS || bytes > MOST_BYTES {
            return Readings::TooMany;
        }
        waiting.extend(form.steps().into_iter().filter(|next| *next != form && !found.contains(next)));
        found.insert(form);
    }
    let texts: BTreeSet<String> = found.iter().map(|form| String::from_utf8_lossy(&form.bytes).into_owned()).collect();
    let texts: Vec<String> = texts.into_iter().filter(|text| text != raw).collect();
    if texts.is_empty() { Readings::Plain } else { Readings::Others(texts) }
}

/// What some server has made of a path so far.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Form {
    bytes: Vec<u8>,
    /// Servers decode once.
    is_decoded: bool,
}

impl Form {
    /// What one further step makes of it.
    fn steps(&self) -> Vec<Self> {
        let bytes = self.bytes.as_slice();
        let same = |bytes| Self { bytes, is_decoded: self.is_decoded };
        let mut all =
            vec![same(without_parameters(bytes)), same(with_slashes(bytes)), same(merged(bytes)), same(trimmed(bytes))];
        if self.is_decoded {
            all.push(same(without_query(bytes)));
        } else {
            let decoded = |decoding| Self { bytes: decode(bytes, decoding), is_decoded: true };
            all.extend([Decoding::Whole, Decoding::Overlong, Decoding::BySegment].map(decoded));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn others(path: &str) -> Vec<String> {
        match readings(path) {
            Readings::Plain => Vec::new(),
            Readings::Others(others) => others,
            Readings::TooMany => panic!("{path} has too many readings"),
        }
    }

    #[test]
    fn i6_what_every_server_reads_alike_has_one_reading() {
        for path in ["/", "/a/b.c", "/a/", "/.well-known/x", "/a-b_c~d/e,f", "/~user/a:b@c"] {
            assert_eq!(readings(path), Readings::Plain, "{path}");
        }
    }

    #[test]
    fn i6_the_readings_of_a_disguise_hold_what_it_disguises() {
        for path in [
            "/%61dmin/x",
            "//admin/x",
            "/admin//x",
            "/admin;a=b/x",
            "/;/admin/x",
            "/admin./x",
            "/admin%20/x",
            "/admin%2e/x",
            "/admin%2fx",
            "/admin\\x",
            "/admin%5Cx",
            "/admin%c0%afx",
            "/%c1%a1dmin/x",
            "/%e0%81%a1dmin/x",
            "/admin%3bx%2fy/x",
            "/.../admin/x",
            "\\admin\\x",
            "/admin;%2e%2fy/x%3Fz",
        ] {
            assert!(others(path).iter().any(|reading| reading == "/admin/x"), "{path}: {:?}", others(path));
        }
        for path in ["/admi/x", "/Admin/x", "/%2561dmin/x", "/public/admin%2f"] {
            assert!(!others(path).iter().any(|reading| reading == "/admin/x"), "{path}");
        }
    }

    #[test]
    fn i6_ordinary_names_have_few_readings_and_no_path_has_many() {
        for path in [
            "/api/v4/projects/group%2Fproject/repository/files/a%2Fb.rs",
            "/web/2026/https://example.com/a%20b;c",
            "/%93%FA%96%7B/%83%5C.html",
            "/wiki/%E6%97%A5%E6%9C%AC;v=1",
        ] {
            assert!(others(path).len() <= 24, "{path}: {}", others(path).len());
        }
        // What people write in their own scripts, and a long path of it.
        assert!(others(&"/%E6%97%A5".repeat(800)).len() <= 4);
        let hostile = "/a;b%2f%5c%3b\\%c0%af.%20//c%2e;%3Fd".repeat(200);
        match readings(&hostile) {
            Readings::TooMany => {}
            Readings::Others(all) => assert!(all.len() <= MOST_READINGS),
            Readings::Plain => panic!("it is not plain"),
        }
    }
}
