//! What is learned from an event: a sign-in, a step-up, or the use of an application.

use std::net::IpAddr;

use sekisho_capability::own_resources;
use sekisho_events::Event;
use sekisho_model::MethodSet;
use serde::Deserialize;
use serde_json::Value;

/// What an event tells of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Noticed {
    /// They signed in.
    SignIn {
        /// The session.
        session: String,
        /// From where.
        address: IpAddr,
    },
    /// They proved themselves again, with that assurance.
    StepUp {
        /// The session.
        session: String,
        /// The assurance level.
        assurance: u8,
    },
    /// They were let into an application.
    Access {
        /// The session.
        session: String,
        /// Which.
        application: String,
    },
}

impl Noticed {
    /// What an event tells; `None` where nothing is learned from it.
    pub(crate) fn read(event: &Event) -> Option<Self> {
        let session = || event.target.as_deref()?.strip_prefix("session/").map(str::to_owned);
        match (event.code.as_str(), event.outcome.as_deref()) {
            ("session-established", Some("success")) => {
                Some(Self::SignIn { session: session()?, address: event.address.as_deref()?.parse().ok()? })
            }
            ("session-elevated", Some("success")) => {
                let detail = document(event).pointer("/unmapped/detail")?.as_str().map(str::to_owned)?;
                let detail: Value = serde_json::from_str(&detail).ok()?;
                let methods = MethodSet::deserialize(detail.get("methods")?).ok()?;
                Some(Self::StepUp { session: session()?, assurance: methods.assurance() })
            }
            ("decision", Some("permit")) => {
                let application = event.resource.clone().filter(|id| own_resources().all(|own| own != id))?;
                let session = document(event).pointer("/actor/session/uid")?.as_str()?.to_owned();
                Some(Self::Access { session, application })
            }
            _ => None,
        }
    }
}

/// The address of which a country is to be known: somebody asked or signed in from there.
pub(crate) fn address(event: &Event) -> Option<IpAddr> {
    let is_of_somebody = matches!(event.code.as_str(), "decision" | "session-established" | "sign-in-failed");
    event.address.as_deref().filter(|_| is_of_somebody)?.parse().ok()
}

fn document(event: &Event) -> Value {
    serde_json::from_str(&event.ocsf).unwrap_or_default()
}
