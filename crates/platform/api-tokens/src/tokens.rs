//! Makes, lists and revokes tokens.

use std::collections::{BTreeMap, BTreeSet};

use sekisho_capability::{Change, ChangeError, Changes};
use sekisho_model::documents::{ApiToken, ApiTokenId, ApiTokenUse, Kind};
use sekisho_model::{Actor, Timestamp, UserId};
use sekisho_policy_information::World;
use sekisho_store::{Document, Expected};
use serde_json::{Value, json};

use crate::shown_token::generate;
use crate::{MadeToken, Maker, NewToken, Reach, TokenActRefusal, TokenView};

/// The code under which a token that was made is recorded.
const MADE: &str = "token-made";
/// The code under which a token that somebody revoked is recorded.
const REVOKED: &str = "token-revoked";

/// The tokens of a platform. A cheap handle.
#[derive(Debug, Clone)]
pub struct Tokens(Changes);

impl Tokens {
    /// The tokens behind this writer.
    #[must_use]
    pub const fn new(changes: Changes) -> Self {
        Self(changes)
    }

    /// Makes a token. [`Reach::Everybody`] says that the policy engine permitted the maker to administer tokens.
    ///
    /// # Errors
    /// [`TokenActRefusal`]; then there is no token.
    pub async fn make(
        &self,
        new: NewToken,
        maker: Maker<'_>,
        world: &World,
        now: Timestamp,
    ) -> Result<MadeToken, TokenActRefusal> {
        let (text, hash) = generate(&new.id).ok_or(TokenActRefusal::NoRandomness)?;
        let token = new.document(maker, world, hash, now)?;
        let body = serde_json::to_value(&token).map_err(|error| TokenActRefusal::Wrong(error.to_string()))?;
        let (id, expires_at) = (token.id.clone(), token.expires_at);
        let detail = json!({
            "owner": token.owner, "roles": token.roles, "parts": token.parts, "read_only": token.read_only,
            "expires_at": expires_at, "methods": token.methods,
        });
        let begun = self.0.begin(maker.actor.clone(), MADE, target(id.as_str())).detail(detail);
        match begun.put(Kind::ApiToken, id.as_str(), Expected::New, body).commit(now).await {
            Ok(_) => Ok(MadeToken { text, id, expires_at }),
            Err(ChangeError::Conflict { .. }) => Err(TokenActRefusal::Taken(id)),
            Err(error) => Err(error.into()),
        }
    }

    /// Revokes a token: it is refused as soon as the World knows. With [`Reach::Own`] a person revokes their own tokens, and a token
    /// itself and no other.
    ///
    /// # Errors
    /// [`TokenActRefusal::NoToken`] also for the token of somebody else.
    pub async fn revoke(
        &self,
        id: &ApiTokenId,
        actor: Actor,
        reach: Reach,
        now: Timestamp,
    ) -> Result<(), TokenActRefusal> {
        let missing = || TokenActRefusal::NoToken(id.clone());
        let document = self.0.store().get(Kind::ApiToken, id.as_str()).await?.ok_or_else(missing)?;
        if reach == Reach::Own && !is_theirs(&actor, &document) {
            return Err(missing());
        }
        let begun = self.0.begin(actor, REVOKED, target(id.as_str())).detail(json!({ "owner": owner_of(&document) }));
        match remove(begun, &document).commit(now).await {
            Ok(_) => Ok(()),
            Err(ChangeError::Conflict { .. }) => Err(missing()),
            Err(error) => Err(error.into()),
        }
    }

    /// Revokes every token of these users. Returns how many there were.
    ///
    /// # Errors
    /// When the store or the ledger fails.
    pub async fn revoke_all_of(
        &self,
        owners: &BTreeSet<UserId>,
        actor: Actor,
        now: Timestamp,
    ) -> Result<usize, ChangeError> {
        let all = self.0.store().list_all(Kind::ApiToken).await?;
        let owners: BTreeSet<&str> = owners.iter().map(UserId::as_str).collect();
        let theirs = all.into_iter().filter(|document| owners.contains(owner_of(document)));
        let mut revoked = 0;
        for document in theirs {
            let owner = owner_of(&document);
            let begun = self.0.begin(actor.clone(), REVOKED, target(&document.id));
            match remove(begun.detail(json!({ "owner": owner })), &document).commit(now).await {
                Ok(_) => revoked += 1,
                // Somebody revoked it meanwhile.
                Err(ChangeError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(revoked)
    }

    /// The tokens of a user, or of everybody, in order of identifier, each with its last use.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        owner: Option<&UserId>,
        world: &World,
        now: Timestamp,
    ) -> Result<Vec<TokenView>, TokenActRefusal> {
        let used = self.0.store().list_all(Kind::ApiTokenUse).await?.into_iter();
        let mut used: BTreeMap<String, ApiTokenUse> =
            used.filter_map(|document| Some((document.id, serde_json::from_value(document.body).ok()?))).collect();
        let all = self.0.store().list_all(Kind::ApiToken).await?.into_iter();
        // A document that cannot be read is no token, and is among the problems of the World.
        let tokens = all.filter_map(|document| serde_json::from_value::<ApiToken>(document.body).ok());
        let wanted = tokens.filter(|token| owner.is_none_or(|owner| token.owner == *owner));
        Ok(wanted.map(|token| TokenView::new(used.remove(token.id.as_str()), token, world, now)).collect())
    }

    pub(crate) const fn changes(&self) -> &Changes {
        &self.0
    }
}

/// What acts on a token are recorded as being on.
pub(crate) fn target(id: &str) -> String {
    format!("{}/{id}", Kind::ApiToken)
}

/// Removes a token with its last use.
pub(crate) fn remove(change: Change, document: &Document) -> Change {
    let change = change.delete(Kind::ApiToken, document.id.as_str(), Expected::Revision(document.revision));
    change.delete(Kind::ApiTokenUse, document.id.as_str(), Expected::Any)
}

/// Whose the token is, by its document.
pub(crate) fn owner_of(document: &Document) -> &str {
    document.body.get("owner").and_then(Value::as_str).unwrap_or_default()
}

fn is_theirs(actor: &Actor, document: &Document) -> bool {
    match actor {
        Actor::User(user) => user == owner_of(document),
        Actor::Token { token, .. } => *token == document.id,
        Actor::Device(_) | Actor::EnforcementPoint(_) | Actor::Workload(_) | Actor::Operator(_) | Actor::System => {
            false
        }
    }
}
