//! A link between an account and a subject at an identity provider, and where its owner is kept.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use sekisho_model::documents::Kind;
use sekisho_model::{Name, Timestamp};
use sekisho_store::{Expected, Write};

use crate::random;

/// One subject at one provider, as the provider's verified token names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FederatedSubject {
    /// The provider's document.
    pub provider: Name,
    /// The issuer of the token. The same document with another issuer is another provider.
    pub issuer: String,
    /// The subject that it names (`sub`).
    pub subject: String,
}

/// A subject that is linked to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FederatedLink {
    /// Its identifier among the account's authenticators.
    pub id: String,
    /// Who is linked.
    #[serde(flatten)]
    pub subject: FederatedSubject,
    /// When it was linked.
    pub added_at: Timestamp,
    /// When it last served.
    pub last_used_at: Option<Timestamp>,
}

/// Removes a link and says what else goes with it; `None` when there is no such link.
pub(crate) fn removed(links: &mut Vec<FederatedLink>, id: &str) -> Option<Write> {
    let at = links.iter().position(|link| link.id == id)?;
    Some(forgotten(&links.remove(at)))
}

/// The write that forgets whose a subject is.
pub(crate) fn forgotten(link: &FederatedLink) -> Write {
    Write::Delete { kind: Kind::Credential, id: federated_place(&link.subject), expected: Expected::Any }
}

/// Where the owner of a subject is kept: by issuer and subject, whichever document names the issuer.
pub(crate) fn federated_place(subject: &FederatedSubject) -> String {
    let named = Value::from(vec![subject.issuer.as_str(), subject.subject.as_str()]);
    format!("federated/{}", random::digest_hex("federated-subject", &named.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i30_issuer_and_subject_together_name_a_link() {
        let of = |issuer: &str, subject: &str| {
            let provider = "acme".parse().expect("a name");
            federated_place(&FederatedSubject { provider, issuer: issuer.to_owned(), subject: subject.to_owned() })
        };
        assert_eq!(of("https://a", "1"), of("https://a", "1"));
        for other in [of("https://a", "2"), of("https://b", "1"), of("https://a\",\"", "1"), of("https://a1", "")] {
            assert_ne!(of("https://a", "1"), other);
        }
    }
}
