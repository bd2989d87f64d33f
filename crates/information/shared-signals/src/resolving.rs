//! Whose account and which device an identifier names here.

use sekisho_identity::FederatedSubject;
use sekisho_model::documents::{SignalSource, Transmitter};
use sekisho_model::facts::{Fact, Slot};
use sekisho_model::{DeviceId, UserId};
use sekisho_policy_information::World;

use crate::SharedSignals;
use crate::refusal::Refusal;
use crate::subject::Identifier;

impl SharedSignals {
    /// The account; `None` where there is none, or where several could be meant.
    pub(crate) async fn account(
        &self,
        world: &World,
        transmitter: &Transmitter,
        identifier: &Identifier,
    ) -> Result<Option<UserId>, Refusal> {
        let named = match identifier {
            Identifier::Email(email) => return Ok(by_email(world, email)),
            Identifier::Opaque(id) => renamed(transmitter, id),
            Identifier::IssuerSubject { issuer, subject } => {
                let linked = FederatedSubject {
                    provider: transmitter.id.clone(),
                    issuer: issuer.clone(),
                    subject: subject.clone(),
                };
                let linked = self.identity.linked_account(&linked).await.map_err(Refusal::unavailable)?;
                if linked.is_some() {
                    return Ok(linked.filter(|user| world.user(user.as_str()).is_some()));
                }
                let Some(subject) = own(transmitter, issuer, subject) else { return Ok(None) };
                renamed(transmitter, subject)
            }
        };
        Ok(named.parse().ok().filter(|_| world.user(named).is_some()))
    }
}

/// The device; `None` where there is none.
pub(crate) fn device(world: &World, transmitter: &Transmitter, identifier: &Identifier) -> Option<DeviceId> {
    let named = match identifier {
        Identifier::Email(_) => return None,
        Identifier::Opaque(id) => renamed(transmitter, id),
        Identifier::IssuerSubject { issuer, subject } => renamed(transmitter, own(transmitter, issuer, subject)?),
    };
    world.device(named)?;
    named.parse().ok()
}

/// The account with that mail address, when it is the only one.
fn by_email(world: &World, email: &str) -> Option<UserId> {
    let has = |user: &sekisho_model::facts::Handle| {
        let found = world.facts().get(*user).map(|entity| entity.get(Slot::Email));
        matches!(found, Some(Fact::String(of_user)) if of_user.eq_ignore_ascii_case(email))
    };
    let mut users = world.users().filter(has);
    let first = users.next()?;
    // INVARIANT I-62: of two accounts with one address neither is meant.
    if users.next().is_some() {
        return None;
    }
    world.id(first).parse().ok()
}

/// A subject of the transmitter's own issuer: nobody names the identifiers of another.
fn own<'s>(transmitter: &Transmitter, issuer: &str, subject: &'s str) -> Option<&'s str> {
    match &transmitter.source {
        SignalSource::Signed(signed) if signed.issuer.as_str() == issuer => Some(subject),
        SignalSource::Signed(_) | SignalSource::Webhook(_) => None,
    }
}

/// The identifier here of what the transmitter calls so.
fn renamed<'t>(transmitter: &'t Transmitter, id: &'t str) -> &'t str {
    transmitter.subjects.get(id).map_or(id, String::as_str)
}
