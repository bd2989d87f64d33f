//! The methods of HTTP and its extensions, each with the action that it is.

use crate::Action;

/// The methods that every application may use: those of RFC 9110 and 5789, and those that WebDAV and its relatives register
/// (RFC 2068, 3253, 3648, 3744, 4437, 4791, 4918, 5323, 5842), `QUERY` and `PURGE`.
///
/// A method that moves or rebinds changes what is there, so it is a write; one that only takes away is a deletion.
pub const KNOWN_METHODS: [(&str, Action); 42] = [
    ("GET", Action::Read),
    ("HEAD", Action::Read),
    ("OPTIONS", Action::Read),
    ("POST", Action::Write),
    ("PUT", Action::Write),
    ("PATCH", Action::Write),
    ("DELETE", Action::Delete),
    ("QUERY", Action::Read),
    ("PROPFIND", Action::Read),
    ("REPORT", Action::Read),
    ("SEARCH", Action::Read),
    ("PROPPATCH", Action::Write),
    ("MKCOL", Action::Write),
    ("MKCALENDAR", Action::Write),
    ("COPY", Action::Write),
    ("MOVE", Action::Write),
    ("LOCK", Action::Write),
    ("UNLOCK", Action::Write),
    ("ORDERPATCH", Action::Write),
    ("ACL", Action::Write),
    ("BIND", Action::Write),
    ("REBIND", Action::Write),
    ("UNBIND", Action::Delete),
    ("LINK", Action::Write),
    ("UNLINK", Action::Delete),
    ("MKREDIRECTREF", Action::Write),
    ("UPDATEREDIRECTREF", Action::Write),
    ("VERSION-CONTROL", Action::Write),
    ("CHECKOUT", Action::Write),
    ("CHECKIN", Action::Write),
    ("UNCHECKOUT", Action::Write),
    ("MKWORKSPACE", Action::Write),
    ("MKACTIVITY", Action::Write),
    ("UPDATE", Action::Write),
    ("LABEL", Action::Write),
    ("MERGE", Action::Write),
    ("BASELINE-CONTROL", Action::Write),
    ("PURGE", Action::Write),
    ("SUBSCRIBE", Action::Write),
    ("UNSUBSCRIBE", Action::Write),
    ("NOTIFY", Action::Write),
    ("POLL", Action::Read),
];

/// The most letters of a method.
pub const LONGEST_METHOD: usize = 32;

/// Whether a text can be a method: capital letters, and hyphens between them. Servers read other methods in different ways.
#[must_use]
pub fn is_method(text: &str) -> bool {
    text.len() <= LONGEST_METHOD
        && text.split('-').all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase()))
}

impl Action {
    /// The action that a known method asks for, or `None` for one that is not known.
    #[must_use]
    pub fn of_http_method(method: &str) -> Option<Self> {
        KNOWN_METHODS.iter().find(|(known, _)| *known == method).map(|(_, action)| *action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_known_method_is_one_and_has_one_action() {
        for (at, (method, action)) in KNOWN_METHODS.iter().enumerate() {
            assert!(is_method(method), "{method}");
            assert_eq!(Action::of_http_method(method), Some(*action));
            assert!(KNOWN_METHODS.iter().skip(at + 1).all(|(other, _)| other != method), "{method}");
        }
    }

    #[test]
    fn what_echoes_or_tunnels_is_not_known_and_letters_count() {
        for method in ["TRACE", "CONNECT", "get", "GETX", "", "PROPFIND "] {
            assert_eq!(Action::of_http_method(method), None, "{method}");
        }
        for method in ["get", "", "-", "A-", "A_B", "A B", "Á", &"A".repeat(33)] {
            assert!(!is_method(method), "{method}");
        }
    }
}
