//! Media types: which one a body has, and which ones an operation takes.

/// A media type that an operation takes: `application/json`, `image/*`, `*/*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaRange(String);

impl MediaRange {
    pub(crate) fn of(text: &str) -> Self {
        Self(essence(text))
    }

    /// How exactly it fits a type: not at all, as any, as any of its kind, or as itself.
    pub(crate) fn fits(&self, essence: &str) -> Option<u8> {
        match self.0.as_str() {
            own if own == essence => Some(2),
            "*/*" => Some(0),
            own => own.strip_suffix('*').filter(|kind| kind.ends_with('/') && essence.starts_with(kind)).map(|_| 1),
        }
    }
}

/// The type without parameters, in lower case.
pub(crate) fn essence(text: &str) -> String {
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a body of this type is JSON.
pub(crate) fn is_json(essence: &str) -> bool {
    essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
}

/// Whether the parameters of a type say nothing but UTF-8.
pub(crate) fn is_utf8(text: &str) -> bool {
    let parameters = text.split(';').skip(1).map(|parameter| parameter.trim().to_ascii_lowercase());
    parameters.into_iter().all(|parameter| match parameter.split_once('=') {
        Some(("charset", label)) => matches!(label.trim_matches('"'), "utf-8" | "utf8"),
        _ => true,
    })
}
