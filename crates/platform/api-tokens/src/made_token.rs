//! Making a token: what is wanted, who makes it, and what must be true.

use std::collections::BTreeSet;
use std::fmt;

use sekisho_capability::Part;
use sekisho_model::documents::{ApiToken, ApiTokenId, Sha256Hex};
use sekisho_model::facts::EntityType;
use sekisho_model::{Actor, GroupId, MethodSet, ResourceId, SessionFacts, Timestamp, UserId};
use sekisho_policy_information::World;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::TokenActRefusal;
use crate::authenticate::{holds, is_active, user};

/// How many tokens one owner may have: everybody may make their own, and each is kept in every World.
const MOST_OF_ONE: usize = 100;

/// The token that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Its identifier.
    pub id: ApiTokenId,
    /// In whose name it acts.
    pub owner: UserId,
    /// The groups that it is in.
    pub roles: BTreeSet<GroupId>,
    /// The parts of the platform that it is limited to. Empty means no such limit.
    #[serde(default)]
    pub parts: BTreeSet<ResourceId>,
    /// Whether it may only look.
    #[serde(default)]
    pub read_only: bool,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Whose tokens somebody may make, see and revoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Their own: everybody may.
    Own,
    /// Everybody's: the policy engine permitted this act on the platform's tokens.
    Everybody,
}

/// Who makes a token.
#[derive(Debug, Clone, Copy)]
pub struct Maker<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// The session in which a person makes it; none for the operator.
    pub session: Option<&'a SessionFacts>,
    /// For whom.
    pub reach: Reach,
}

/// A token that was made. Its text is shown once.
pub struct MadeToken {
    /// The token as its holder shows it: a secret.
    pub text: Zeroizing<String>,
    /// Which token.
    pub id: ApiTokenId,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl fmt::Debug for MadeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MadeToken({})", self.id)
    }
}

/// How the maker had signed in.
struct SignIn {
    methods: MethodSet,
    assurance_limit: Option<u8>,
    authenticated_at: Timestamp,
}

impl NewToken {
    /// The document of the token, if this maker may make it.
    pub(crate) fn document(
        self,
        maker: Maker<'_>,
        world: &World,
        secret_hash: Sha256Hex,
        now: Timestamp,
    ) -> Result<ApiToken, TokenActRefusal> {
        let sign_in = sign_in(maker, world, now)?;
        self.check_people(maker, world)?;
        let is_part = |limit: &&ResourceId| Part::ALL.iter().any(|part| part.resource() == limit.as_str());
        if let Some(wrong) = self.parts.iter().find(|limit| !is_part(limit)) {
            return Err(TokenActRefusal::NoSuchPart(wrong.clone()));
        }
        if world.api_tokens().filter(|token| token.owner == self.owner).count() >= MOST_OF_ONE {
            return Err(TokenActRefusal::TooMany(self.owner));
        }
        let Self { id, owner, roles, parts, read_only, expires_at } = self;
        let SignIn { methods, assurance_limit, authenticated_at } = sign_in;
        let made_at = now;
        let token = ApiToken {
            id,
            owner,
            roles,
            parts,
            read_only,
            made_at,
            expires_at,
            secret_hash,
            methods,
            assurance_limit,
            authenticated_at,
        };
        token.check().map_err(TokenActRefusal::Wrong)?;
        Ok(token)
    }

    /// Whether owner and maker fit together, and both have every role.
    fn check_people(&self, maker: Maker<'_>, world: &World) -> Result<(), TokenActRefusal> {
        let person = match maker.actor {
            Actor::User(person) => Some(person.parse::<UserId>().map_err(|_| TokenActRefusal::NotAPerson)?),
            _ => None,
        };
        if maker.reach == Reach::Own && person.as_ref() != Some(&self.owner) {
            return Err(TokenActRefusal::NotYours(self.owner.clone()));
        }
        // INVARIANT I-25: nobody hands on a role that they do not have, to a token or by way of one.
        for one in std::iter::once(&self.owner).chain(person.as_ref().filter(|person| **person != self.owner)) {
            let facts = user(world, one.as_str()).ok_or_else(|| TokenActRefusal::NoUser(one.clone()))?;
            if !is_active(facts) {
                return Err(TokenActRefusal::Disabled(one.clone()));
            }
            if let Some(role) = self.roles.iter().find(|role| !holds(world, facts, role)) {
                return Err(TokenActRefusal::RoleNotHeld { user: one.clone(), role: role.clone() });
            }
        }
        Ok(())
    }
}

/// The sign-in that a token takes over. The operator did not sign in: a policy that asks for a method does not permit such a token.
fn sign_in(maker: Maker<'_>, world: &World, now: Timestamp) -> Result<SignIn, TokenActRefusal> {
    match (maker.actor, maker.session) {
        (Actor::User(person), Some(session)) => {
            let is_theirs = session.subject.kind() == EntityType::User && world.id(session.subject) == *person;
            if !is_theirs || now >= session.expires_at {
                return Err(TokenActRefusal::NotAPerson);
            }
            let SessionFacts { methods, assurance_limit, authenticated_at, .. } = *session;
            Ok(SignIn { methods, assurance_limit, authenticated_at })
        }
        (Actor::Operator(_), None) => {
            Ok(SignIn { methods: MethodSet::EMPTY, assurance_limit: None, authenticated_at: now })
        }
        _ => Err(TokenActRefusal::NotAPerson),
    }
}
