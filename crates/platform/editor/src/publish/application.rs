//! An application as the page of publishing describes it, and the documents that it becomes.

use sekisho_control_plane::Desired;
use sekisho_model::documents::{Kind, Pin};
use sekisho_model::{Host, Name};
use serde_json::{Value, json};

use super::policy::Permission;
use crate::form::{Typed, Why, Wrong};

/// An application that is to be published.
#[derive(Debug, Clone)]
pub(crate) struct Application {
    pub(crate) id: String,
    name: (String, String),
    pub(crate) host: String,
    address: Address,
    /// The public key that is trusted, where the application speaks TLS.
    pin: Option<Pin>,
    sensitivity: u8,
    permission: Permission,
}

/// Where an application is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    is_secured: bool,
    host: String,
    port: u16,
}

impl Application {
    /// What was typed, with what follows from it, and the application or everything that is wrong.
    pub(crate) fn of(portal: &Host, mut typed: Typed) -> (Typed, Result<Self, Vec<Wrong>>) {
        suggest(portal, &mut typed);
        let application = Self::read(&typed);
        (typed, application)
    }

    fn read(typed: &Typed) -> Result<Self, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut tell = |field, key| wrong.push(Wrong { field: Some(field), why: Why::Key(key) });
        let (english, japanese) = (typed.trimmed("name-en"), typed.trimmed("name-ja"));
        let name = match (english.is_empty(), japanese.is_empty()) {
            (true, false) => (japanese.clone(), japanese),
            (false, true) => (english.clone(), english),
            _ => (english, japanese),
        };
        if name.0.is_empty() {
            tell("name-en", "wrong-missing");
        }
        let id = typed.trimmed("id");
        let wrong_id = id.parse::<Name>().is_err();
        if id.is_empty() {
            tell("id", if name.0.is_empty() { "wrong-missing" } else { "wrong-id-missing" });
        } else if wrong_id {
            tell("id", "hint-id");
        }
        let host = typed.trimmed("host").to_ascii_lowercase();
        // Without an identifier the host is not at fault: it follows from it.
        if host.parse::<Host>().is_err() && !(host.is_empty() && wrong_id) {
            tell("host", "wrong-host");
        }
        let address = Address::read(&typed.trimmed("address"));
        if address.is_none() {
            tell("address", "wrong-address");
        }
        let permission = Permission::read(typed);
        if let Err(key) = &permission {
            tell("people", key);
        }
        let sensitivity = typed.trimmed("sensitivity").parse().ok().filter(|level| *level <= 4).unwrap_or(4);
        match (address, permission, wrong.is_empty()) {
            (Some(address), Ok(permission), true) => {
                Ok(Self { id, name, host, address, pin: typed.trimmed("trust").parse().ok(), sensitivity, permission })
            }
            _ => Err(wrong),
        }
    }

    /// Whether it is known whom to trust at its address.
    pub(crate) const fn is_trusted(&self) -> bool {
        !self.address.is_secured || self.pin.is_some()
    }

    /// Whether its address is reached by TLS.
    pub(crate) const fn is_secured(&self) -> bool {
        self.address.is_secured
    }

    /// The identifier of its policy file.
    pub(crate) fn policy_id(id: &str) -> String {
        format!("publish-{id}")
    }

    /// Its resource and its policy.
    pub(crate) fn documents(&self) -> Vec<Desired> {
        let text = self.permission.text(&self.id, &self.name);
        let document = |kind, id: String, body| Desired { kind, id: id.clone(), body, origin: id };
        vec![
            document(Kind::Resource, self.id.clone(), self.resource()),
            document(Kind::Policy, Self::policy_id(&self.id), json!({ "text": text })),
        ]
    }

    /// Its resource.
    pub(crate) fn resource(&self) -> Value {
        let Address { is_secured, host, port } = &self.address;
        let address = format!("{host}:{port}");
        // Without a key to trust, no certificate is: a key of zeros is nobody's.
        let pin = self.pin.unwrap_or(Pin::of([0; 32])).to_string();
        let name = if host.parse::<Host>().is_ok() { host } else { &self.host };
        let upstream = match is_secured {
            false => json!(format!("http://{address}")),
            true => json!({ "addresses": [address], "tls": { "server_name": name, "pins": [pin] } }),
        };
        json!({
            "id": self.id,
            "name": { "en": self.name.0, "ja": self.name.1 },
            "host": self.host,
            "upstream": upstream,
            "sensitivity": self.sensitivity,
        })
    }
}

impl Address {
    /// `http://10.0.0.5:8080`; the port may be left out, and a slash at the end.
    fn read(text: &str) -> Option<Self> {
        let (is_secured, usual, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, 443, rest),
            (_, Some(rest)) => (false, 80, rest),
            _ => (false, 80, text),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') && !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (rest, usual),
        };
        let is_sound = !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ', '"']);
        is_sound.then(|| Self { is_secured, host: host.to_owned(), port })
    }
}

/// Fills in what was left out: the identifier from the name, the host from the identifier.
fn suggest(portal: &Host, typed: &mut Typed) {
    if typed.trimmed("id").is_empty() {
        let slug = slug(&typed.trimmed("name-en"));
        typed.set("id", slug);
    }
    let id = typed.trimmed("id");
    if typed.trimmed("host").is_empty() && id.parse::<Name>().is_ok() {
        typed.set("host", format!("{}.{}", id.replace(['.', '_', '@'], "-"), domain(portal)));
    }
}

/// The domain of the platform's hosts.
pub(crate) fn domain(portal: &Host) -> &str {
    portal.as_str().split_once('.').map_or(portal.as_str(), |(_, domain)| domain)
}

/// Small letters, digits and hyphens.
fn slug(name: &str) -> String {
    let letters =
        name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' });
    let slug = letters.collect::<String>();
    slug.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        Typed(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn read(pairs: &[(&str, &str)]) -> Result<Application, Vec<Wrong>> {
        Application::of(&"portal.example.jp".parse().expect("a host"), typed(pairs)).1
    }

    #[test]
    fn identifier_and_host_follow_from_the_name() {
        let application =
            read(&[("name-en", "HR  Board!"), ("address", "10.0.0.5:8080"), ("groups", "hr")]).expect("an application");
        assert_eq!((application.id.as_str(), application.host.as_str()), ("hr-board", "hr-board.example.jp"));
        let body = Kind::Resource.normalise(&application.resource()).expect("a resource");
        assert_eq!(body["upstream"], "http://10.0.0.5:8080");
        assert_eq!(body["sensitivity"], 4, "unlabelled is most sensitive");
    }

    #[test]
    fn an_address_has_a_scheme_a_host_and_a_port() {
        let address = |text: &str| Address::read(text).map(|one| (one.is_secured, one.host, one.port));
        assert_eq!(address("http://wiki:8080/"), Some((false, "wiki".to_owned(), 8080)));
        assert_eq!(address("https://wiki.internal"), Some((true, "wiki.internal".to_owned(), 443)));
        assert_eq!(address("10.0.0.5"), Some((false, "10.0.0.5".to_owned(), 80)));
        assert_eq!(address("http://[::1]:9000"), Some((false, "[::1]".to_owned(), 9000)));
        assert_eq!(address("http://[fd00::5]"), Some((false, "[fd00::5]".to_owned(), 80)));
        for wrong in ["", "http://", "http://wiki/path", "http://user@wiki", "http://wiki:port"] {
            assert_eq!(address(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_secured_application_is_published_only_with_a_key_to_trust() {
        let fields = [("name-en", "W"), ("address", "https://wiki.internal"), ("groups", "hr")];
        assert!(!read(&fields).expect("an application").is_trusted());
        let pin = Pin::of([7; 32]).to_string();
        let trusting = [fields.as_slice(), &[("trust", pin.as_str())]].concat();
        let application = read(&trusting).expect("an application");
        assert!(application.is_trusted());
        assert_eq!(application.resource()["upstream"]["tls"]["pins"], json!([pin]));
    }

    #[test]
    fn nobody_and_what_is_no_identifier_are_rejected() {
        let fields: Vec<Option<&str>> = read(&[("name-en", "X"), ("address", "x y"), ("host", "a b")])
            .expect_err("wrong")
            .iter()
            .map(|one| one.field)
            .collect();
        assert_eq!(fields, [Some("host"), Some("address"), Some("people")]);
        assert!(read(&[("name-en", "X"), ("address", "x:1"), ("people", "\" , action")]).is_err());
    }
}
