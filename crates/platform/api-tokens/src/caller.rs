//! A program that showed a token: whose it is, what the token limits, and what is decided of it.

use std::convert::Infallible;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use sekisho_capability::Demand;
use sekisho_model::documents::{ApiToken, ApiTokenId};
use sekisho_model::facts::{EntityType, Handle};
use sekisho_model::{AccessRequest, Action, Actor, SessionFacts, SessionId, Timestamp, UserId};
use sekisho_policy_engine::{Decision, Verdict, decide};
use sekisho_policy_information::World;

/// A program that showed a token which may be used. [`crate::authenticate`] is its only maker.
#[derive(Debug, Clone)]
pub struct TokenCaller {
    token: Arc<ApiToken>,
    session: Arc<SessionFacts>,
    of_owner: Arc<SessionFacts>,
}

impl TokenCaller {
    /// The caller that shows a token of this World; `None` where the World does not have its workload or its owner.
    pub(crate) fn new(token: &Arc<ApiToken>, world: &World) -> Option<Self> {
        let workload = world.facts().find(EntityType::Workload, token.id.as_str())?;
        let session = session(token, workload)?;
        let of_owner = SessionFacts { subject: world.user(token.owner.as_str())?, ..session.clone() };
        Some(Self { token: Arc::clone(token), session: Arc::new(session), of_owner: Arc::new(of_owner) })
    }

    /// Which token.
    #[must_use]
    pub fn id(&self) -> &ApiTokenId {
        &self.token.id
    }

    /// In whose name it acts.
    #[must_use]
    pub fn owner(&self) -> &UserId {
        &self.token.owner
    }

    /// When the token ends.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.token.expires_at
    }

    /// Who does what it does, for the record.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Token { owner: self.token.owner.to_string(), token: self.token.id.to_string() }
    }

    /// The session in which it asks: the token is its subject, no device is known, and the sign-in methods are those of the person who
    /// made the token. Ask with [`TokenCaller::decide`], which asks about the owner too.
    #[must_use]
    pub const fn session(&self) -> &Arc<SessionFacts> {
        &self.session
    }

    /// Whether the limits of the token let it ask for this. They only narrow: the policies decide besides.
    #[must_use]
    pub fn permits(&self, demand: Demand) -> bool {
        let part = demand.part.resource();
        let is_within = self.token.parts.is_empty() || self.token.parts.iter().any(|limit| limit.as_str() == part);
        is_within && (!self.token.read_only || demand.action == Action::Read)
    }

    /// Decides a request of the token: permitted when the policies permit it to the token and to its owner. `question` makes the request
    /// of a session; it is asked about both. Returns what was decided last: the token's permit, or the first refusal.
    ///
    /// A policy may name a workload, or speak of workloads only, and so permit a token what its owner may not; and the owner may be
    /// forbidden something for a risk that is not the token's. Choosing the name in such a policy for a token therefore gains nothing.
    pub fn decide(
        &self,
        world: &World,
        now: Timestamp,
        question: impl Fn(Arc<SessionFacts>) -> AccessRequest,
    ) -> (AccessRequest, Decision) {
        let asked = |session: &Arc<SessionFacts>| {
            let request = question(Arc::clone(session));
            let decision = decide(world.policies(), world, &request, now);
            Ok::<_, Infallible>((request, decision))
        };
        match self.decide_by(asked) {
            Ok(decided) => decided,
            Err(never) => match never {},
        }
    }

    /// As [`TokenCaller::decide`], where the caller asks the policy engine: `asked` decides one and the same request of a session.
    ///
    /// # Errors
    /// What `asked` returns.
    pub fn decide_by<E>(
        &self,
        asked: impl Fn(&Arc<SessionFacts>) -> Result<(AccessRequest, Decision), E>,
    ) -> Result<(AccessRequest, Decision), E> {
        // INVARIANT I-25: what the owner is not permitted is not permitted to the token.
        let of_token = asked(&self.session)?;
        if !matches!(of_token.1.outcome(), Verdict::Permit(_)) {
            return Ok(of_token);
        }
        let of_owner = asked(&self.of_owner)?;
        Ok(if matches!(of_owner.1.outcome(), Verdict::Permit(_)) { of_token } else { of_owner })
    }
}

/// The session of a token. Its identifier is made from the token's hash: the same for each of its requests, that of no other token, and
/// it tells nothing of the hash.
fn session(token: &ApiToken, subject: Handle) -> Option<SessionFacts> {
    Some(SessionFacts {
        id: session_id(token)?,
        subject,
        device: None,
        established_at: token.made_at,
        authenticated_at: token.authenticated_at,
        expires_at: token.expires_at,
        methods: token.methods,
        assurance_limit: token.assurance_limit,
        rotation: 0,
    })
}

fn session_id(token: &ApiToken) -> Option<SessionId> {
    let digest = digest(&SHA256, format!("sekisho-token-session {}", token.secret_hash.as_str()).as_bytes());
    Some(SessionId::from_bytes(digest.as_ref().get(..16)?.try_into().ok()?))
}
