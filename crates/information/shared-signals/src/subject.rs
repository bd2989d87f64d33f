//! Subject identifiers (RFC 9493), as far as they can name an account or a device here.

use serde_json::Value;

/// The longest identifier in bytes.
const LONGEST: usize = 255;

/// About whom or what an event is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Subject {
    pub(crate) user: Option<Identifier>,
    pub(crate) device: Option<Identifier>,
}

/// One identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identifier {
    /// A mail address.
    Email(String),
    /// A subject of an issuer.
    IssuerSubject { issuer: String, subject: String },
    /// An identifier that the transmitter gave.
    Opaque(String),
}

impl Subject {
    /// The subject of an event. A simple one is the person or the device, whichever the event is about; a complex one names them apart.
    pub(crate) fn read(value: &Value) -> Self {
        if value.get("format").and_then(Value::as_str) == Some("complex") {
            let part = |name| value.get(name).and_then(Identifier::read);
            return Self { user: part("user"), device: part("device") };
        }
        Self::of(Identifier::read(value))
    }

    /// One identifier, of whatever the event is about.
    pub(crate) fn of(identifier: Option<Identifier>) -> Self {
        Self { user: identifier.clone(), device: identifier }
    }
}

impl Identifier {
    /// Reads an identifier; `None` where its format is unknown here, or a member is missing or too long.
    fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| bounded(value.get(name)?.as_str()?);
        match value.get("format")?.as_str()? {
            "email" => text("email").map(Self::Email),
            "iss_sub" => Some(Self::IssuerSubject { issuer: text("iss")?, subject: text("sub")? }),
            "opaque" => text("id").map(Self::Opaque),
            _ => None,
        }
    }
}

impl std::fmt::Display for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Email(text) | Self::Opaque(text) => f.write_str(text),
            Self::IssuerSubject { issuer, subject } => write!(f, "{subject} ({issuer})"),
        }
    }
}

/// A text that can be an identifier.
pub(crate) fn bounded(text: &str) -> Option<String> {
    let is_usable = !text.is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control);
    is_usable.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_formats_that_name_somebody_here_are_read() {
        let email = Identifier::Email("a@example.jp".to_owned());
        let opaque = Identifier::Opaque("d-1".to_owned());
        let linked = Identifier::IssuerSubject { issuer: "https://i".to_owned(), subject: "1".to_owned() };
        for (value, expected) in [
            (json!({ "format": "email", "email": "a@example.jp" }), email.clone()),
            (json!({ "format": "opaque", "id": "d-1" }), opaque.clone()),
            (json!({ "format": "iss_sub", "iss": "https://i", "sub": "1" }), linked),
        ] {
            assert_eq!(Subject::read(&value), Subject::of(Some(expected)));
        }
        let complex = json!({ "format": "complex", "user": { "format": "email", "email": "a@example.jp" },
            "device": { "format": "opaque", "id": "d-1" } });
        assert_eq!(Subject::read(&complex), Subject { user: Some(email), device: Some(opaque) });
    }

    #[test]
    fn what_names_nobody_is_nobody() {
        for value in [
            json!({}),
            json!({ "email": "a@example.jp" }),
            json!({ "format": "email" }),
            json!({ "format": "email", "email": 1 }),
            json!({ "format": "email", "email": "" }),
            json!({ "format": "opaque", "id": "x".repeat(256) }),
            json!({ "format": "iss_sub", "sub": "1" }),
            json!({ "format": "phone_number", "phone_number": "+81312345678" }),
            json!({ "format": "aliases", "identifiers": [] }),
            json!({ "format": "complex", "user": { "format": "complex" } }),
        ] {
            assert_eq!(Subject::read(&value), Subject::default(), "{value}");
        }
    }
}
