//! The acts of administrators on links between accounts and subjects at providers.

use sekisho_identity::{Failure, FederatedLink, FederatedSubject};
use sekisho_model::{Actor, Name, Timestamp, UserId};

use crate::{Federation, Refusal};

/// The longest subject in bytes (OpenID Connect Core 1.0, section 2).
const LONGEST: usize = 255;

impl Federation {
    /// Links a subject at a provider to an account. Returns the link's identifier.
    ///
    /// # Errors
    /// [`Refusal::NoProvider`]; [`Refusal::Identity`] when there is no such user, when an account is linked to the subject already, or when
    /// a token would get at a way to sign in as its owner.
    pub(crate) async fn link(
        &self,
        provider: &Name,
        subject: &str,
        user: &UserId,
        actor: Actor,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        // INVARIANT I-30: a token makes no way to sign in as its owner, and so leaves no limit of its own behind.
        if matches!(&actor, Actor::Token { owner, .. } if owner == user.as_str()) {
            return Err(Refusal::Identity(Failure::WrongCredentials));
        }
        let provider = self.provider(provider).await?.ok_or(Refusal::NoProvider)?;
        let subject = subject.trim();
        if subject.is_empty() || subject.len() > LONGEST || subject.chars().any(char::is_control) {
            return Err(Refusal::Identity(Failure::NotFound("subject")));
        }
        let subject = FederatedSubject {
            issuer: provider.document.issuer.to_string(),
            provider: provider.document.id,
            subject: subject.to_owned(),
        };
        Ok(self.identity.link_federated(user, &subject, actor, now).await?)
    }

    /// Removes a link. What rests on it ends.
    ///
    /// # Errors
    /// [`Refusal::Identity`] when there is no such link.
    pub(crate) async fn unlink(&self, user: &UserId, id: &str, actor: Actor, now: Timestamp) -> Result<usize, Refusal> {
        Ok(self.identity.unlink_federated(user, id, actor, now).await?)
    }

    /// The links of an account.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn links(&self, user: &UserId) -> Result<Vec<FederatedLink>, Refusal> {
        Ok(self.identity.federated_links(user).await?)
    }
}
