//! Acts on sessions.

use sekisho_model::documents::SessionEnd;
use sekisho_model::{SessionId, UserId};

use super::{ActRefusal, Acting};

impl Acting<'_> {
    /// Ends a session and cuts everything that is open in it.
    ///
    /// # Errors
    /// [`ActRefusal::NoSession`].
    pub async fn end_session(&self, session: &SessionId) -> Result<(), ActRefusal> {
        match self.acts.identity.end(session, SessionEnd::Revoked, self.actor.clone(), self.now).await? {
            true => Ok(()),
            false => Err(ActRefusal::NoSession(*session)),
        }
    }

    /// Ends every session of a user, and every sign-in under way. Returns how many sessions there were.
    ///
    /// # Errors
    /// When the store or the ledger fails.
    pub async fn end_sessions_of(&self, user: &UserId) -> Result<usize, ActRefusal> {
        Ok(self.acts.identity.end_all(user, SessionEnd::Revoked, self.actor.clone(), self.now).await?)
    }
}
