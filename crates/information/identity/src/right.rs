//! Under what right somebody changes authenticators: an enrolment link, or a session that is fresh and strong enough.

use sekisho_model::documents::Session;
use sekisho_model::{Actor, SessionId, Span, Timestamp, UserId};
use sekisho_store::Write;

use crate::account::Account;
use crate::identity::Inner;
use crate::{Failure, Right};

/// How fresh an authentication must be to change authenticators.
pub(crate) const FRESH: Span = Span::from_minutes(5);

/// A right that was checked.
pub(crate) struct Granted {
    /// Whose authenticators may be changed.
    pub user: UserId,
    /// What the right is bound to, for ceremonies of more than one step.
    pub bound_to: String,
    /// The session, unless it is a link.
    session: Option<Session>,
    /// The authenticators by which that session was last proven.
    proven_by: Vec<String>,
    /// The write that uses a link up.
    pub uses_up: Option<Write>,
}

impl Granted {
    /// Who acts, for the ledger.
    pub(crate) fn actor(&self) -> Actor {
        Actor::User(self.user.to_string())
    }

    /// Whether the right is a link, whose holder has nothing yet to authenticate with.
    pub(crate) const fn is_link(&self) -> bool {
        self.uses_up.is_some()
    }

    /// Whether the session's authentication is as strong as the account allows, by authenticators that were there before it and still
    /// are; links always are.
    pub(crate) fn check(&self, account: &Account) -> Result<(), Failure> {
        let Some(session) = &self.session else { return Ok(()) };
        // Who proved something that was removed or replaced since has proven nothing that allows a change.
        let proven = account.stood_at(&self.proven_by, session.authenticated_at);
        if proven && account.is_as_strong_as_possible(session.methods) {
            Ok(())
        } else {
            Err(again(account.strength()))
        }
    }

    /// The session in which something is changed.
    pub(crate) fn session(&self) -> Option<SessionId> {
        self.session.as_ref().map(|session| session.id)
    }
}

impl Inner {
    /// Checks a right; what the account itself demands is left to [`Granted::check`].
    pub(crate) async fn granted(&self, right: Right<'_>, now: Timestamp) -> Result<Granted, Failure> {
        match right {
            Right::Session(id) => self.granted_by_session(id, now).await,
            Right::Link(token) => {
                let (kept, uses_up) = self.linked(token, now).await?;
                let user = self.active_user(&kept.user).await?.ok_or(Failure::Expired)?;
                let bound_to = format!("link/{}", crate::random::digest_hex("right", token));
                Ok(Granted { user: user.id, bound_to, session: None, proven_by: Vec::new(), uses_up: Some(uses_up) })
            }
        }
    }

    /// Checks that a session is live, of a usable account, and freshly authenticated.
    pub(crate) async fn granted_by_session(&self, id: &SessionId, now: Timestamp) -> Result<Granted, Failure> {
        let (session, _) = self.live_session(id, now).await?.ok_or(Failure::SessionEnded)?;
        let user = self.active_user(&session.user).await?.ok_or(Failure::SessionEnded)?;
        let age = now.since(session.authenticated_at);
        if age > FRESH || age < Span::ZERO {
            return Err(again(session.methods.assurance()));
        }
        let (list, _) = self.session_list(&user.id).await?;
        let proven_by = list.proofs(id).map(|proofs| proofs.last.clone()).unwrap_or_default();
        let bound_to = format!("session/{id}");
        Ok(Granted { user: user.id, bound_to, session: Some(session), proven_by, uses_up: None })
    }
}

const fn again(assurance: u8) -> Failure {
    Failure::AuthenticateAgain { assurance, max_age: FRESH }
}
