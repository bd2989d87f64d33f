//! Where a person goes on to after signing in. What a browser says of it is checked here, once, so nothing can lead elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_model::ResourceId;
use sekisho_web::address::encode;
use serde::Deserialize;

/// The query of the sign-in pages, as the browser sends it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct ReturnToQuery {
    /// The application to go on to.
    #[serde(alias = "resource")]
    to: Option<String>,
    /// The path on its host.
    #[serde(rename = "return")]
    return_to: Option<String>,
    /// The application host's flow.
    flow: Option<String>,
    /// A path of the portal, when it is not an application.
    after: Option<String>,
    /// Present where a recovery code is the only step, whatever this browser proved before.
    only: Option<String>,
}

impl ReturnToQuery {
    /// Whether a recovery code is the only step.
    pub(crate) const fn is_only_step(&self) -> bool {
        self.only.is_some()
    }
}

/// Where to go on to, checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ReturnTo {
    /// The application, or the portal itself.
    pub(crate) application: Option<ResourceId>,
    /// The path with its query, on the application's host or on the portal.
    pub(crate) path: Option<String>,
    /// The flow that the application's host began.
    pub(crate) flow: Option<[u8; 32]>,
}

impl From<ReturnToQuery> for ReturnTo {
    fn from(query: ReturnToQuery) -> Self {
        match query.to.as_deref().and_then(|id| id.parse().ok()) {
            Some(id) => Self::with_application(id, query),
            None => Self::to_portal(query.after),
        }
    }
}

impl ReturnTo {
    /// On to an application.
    pub(crate) fn with_application(id: ResourceId, query: ReturnToQuery) -> Self {
        let flow = query.flow.as_deref().and_then(|flow| URL_SAFE_NO_PAD.decode(flow).ok());
        Self {
            application: Some(id),
            path: query.return_to.filter(|path| is_application_path(path)),
            flow: flow.and_then(|bytes| bytes.try_into().ok()),
        }
    }

    /// On to a page of the portal.
    pub(crate) fn to_portal(path: Option<String>) -> Self {
        Self { application: None, path: path.filter(|path| is_local_path(path)), flow: None }
    }

    /// The path to go on at.
    pub(crate) fn path(&self) -> &str {
        self.path.as_deref().unwrap_or("/")
    }

    /// The portal's address that leads there, for one who is signed in.
    pub(crate) fn address(&self) -> String {
        match &self.application {
            Some(id) => format!("/sign-in/to/{id}{}", self.application_query()),
            None => self.path().to_owned(),
        }
    }

    /// The same for one who was signed in before the form arrived: a page of the portal says so.
    pub(crate) fn address_when_already_signed_in(&self) -> String {
        let address = self.address();
        match &self.application {
            Some(_) => address,
            None if address.contains('?') => format!("{address}&done=already-signed-in"),
            None => format!("{address}?done=already-signed-in"),
        }
    }

    /// The query that carries it through the sign-in pages, with its question mark; empty when there is nothing to carry.
    pub(crate) fn query(&self) -> String {
        match (&self.application, &self.path) {
            (Some(id), _) => {
                let rest = self.application_query();
                format!("?to={id}{}", rest.replacen('?', "&", 1))
            }
            (None, Some(path)) => format!("?after={}", encode(path)),
            (None, None) => String::new(),
        }
    }

    fn application_query(&self) -> String {
        let mut parts = Vec::new();
        if let Some(path) = &self.path {
            parts.push(format!("return={}", encode(path)));
        }
        if let Some(flow) = &self.flow {
            parts.push(format!("flow={}", URL_SAFE_NO_PAD.encode(flow)));
        }
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

/// Whether a text is a path of an application. Its host, which knows how browsers read `//` at the front, sends people on to it.
fn is_application_path(text: &str) -> bool {
    text.starts_with('/') && text.len() <= 4096 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether a text is a path of this host and cannot be read as another host's address.
fn is_local_path(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && text.len() <= 4096
        && text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_the_same_host_is_returned_to() {
        for good in ["/", "/a", "/a/b?c=d&e=%20", "/a?x=//y"] {
            assert!(is_local_path(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "/a\\b",
            "/a b",
            "/a\r\nx: y",
            "/日本",
            "javascript:x",
            "\u{9}/a",
            "/\t/evil.example",
        ] {
            assert!(!is_local_path(bad), "{bad}");
        }
    }

    #[test]
    fn any_path_of_an_application_is_returned_to_but_none_of_another_host() {
        let to = |to: &str, path: &str| ReturnToQuery {
            to: Some(to.to_owned()),
            return_to: Some(path.to_owned()),
            after: Some(path.to_owned()),
            ..ReturnToQuery::default()
        };
        for good in ["//bucket/key", "/a\\b", "/web/https://example.com/", "/%93%FA"] {
            assert_eq!(ReturnTo::from(to("wiki", good)).path(), good);
        }
        for bad in ["https://evil/", "evil", "/a b", "/a\r\nx: y", "/日本"] {
            assert_eq!(ReturnTo::from(to("wiki", bad)).path(), "/", "{bad}");
        }
        assert_eq!(ReturnTo::from(to("", "//evil/key")).path(), "/");
    }

    #[test]
    fn what_is_carried_is_what_was_checked() {
        let query = ReturnToQuery {
            to: Some("wiki".to_owned()),
            return_to: Some("/a?b=c&d".to_owned()),
            flow: Some(URL_SAFE_NO_PAD.encode([3; 32])),
            after: Some("/x".to_owned()),
            only: None,
        };
        let return_to = ReturnTo::from(query);
        assert_eq!(
            return_to.address(),
            format!("/sign-in/to/wiki?return=/a%3Fb%3Dc%26d&flow={}", URL_SAFE_NO_PAD.encode([3; 32]))
        );
        assert!(return_to.query().starts_with("?to=wiki&return=/a%3Fb%3Dc%26d&flow="));
        let forged = ReturnToQuery {
            to: Some("../x".to_owned()),
            return_to: Some("//evil".to_owned()),
            flow: Some("short".to_owned()),
            after: Some("https://evil".to_owned()),
            only: None,
        };
        assert_eq!(ReturnTo::from(forged), ReturnTo::default());
        assert_eq!(ReturnTo::default().address(), "/");
    }
}
