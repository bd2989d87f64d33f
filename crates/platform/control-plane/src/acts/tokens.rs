//! Acts on API tokens. What is needed to recognise a shown token is here too, for the routes that take one.

use std::collections::BTreeSet;

use sekisho_model::{Actor, SessionFacts, UserId};
use sekisho_policy_information::World;

use super::{ActRefusal, Acting};

pub use sekisho_api_tokens::{
    ApiTokenId, MadeToken, Maker, NewToken, Reach, TokenActRefusal, TokenCaller, TokenRefusal, TokenUses, TokenView,
    Tokens, authenticate,
};

impl Acting<'_> {
    /// Makes a token. A person makes it in a session, and [`Reach::Everybody`] says that the policy engine permitted
    /// [`super::table::TOKEN_MADE`]; the operator has no session.
    ///
    /// # Errors
    /// [`ActRefusal::Token`] when this actor may not make this token.
    pub async fn make_token(
        &self,
        new: NewToken,
        world: &World,
        session: Option<&SessionFacts>,
        reach: Reach,
    ) -> Result<MadeToken, ActRefusal> {
        let maker = Maker { actor: &self.actor, session, reach };
        Ok(self.tokens().make(new, maker, world, self.now).await?)
    }

    /// Revokes a token. [`Reach::Everybody`] says that the policy engine permitted [`super::table::TOKEN_REVOKED`].
    ///
    /// # Errors
    /// [`TokenActRefusal::NoToken`], also for the token of somebody else.
    pub async fn revoke_token(&self, token: &ApiTokenId, reach: Reach) -> Result<(), ActRefusal> {
        Ok(self.tokens().revoke(token, self.actor.clone(), reach, self.now).await?)
    }

    /// The tokens of the actor, or those of everybody; a token that looks at its own sees itself. [`Reach::Everybody`] says that the policy engine permitted
    /// [`super::table::TOKENS_READ`].
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_tokens(&self, world: &World, reach: Reach) -> Result<Vec<TokenView>, ActRefusal> {
        let owner: Option<UserId> = match reach {
            Reach::Everybody => None,
            Reach::Own => match self.actor.user().and_then(|user| user.parse().ok()) {
                Some(owner) => Some(owner),
                None => return Ok(Vec::new()),
            },
        };
        let mut tokens = self.tokens().list(owner.as_ref(), world, self.now).await?;
        if let (Reach::Own, Actor::Token { token, .. }) = (reach, &self.actor) {
            tokens.retain(|one| one.id.as_str() == token);
        }
        Ok(tokens)
    }

    /// Revokes every token of these users.
    ///
    /// # Errors
    /// When the store or the ledger fails.
    pub(crate) async fn revoke_tokens_of(&self, users: &BTreeSet<UserId>) -> Result<(), ActRefusal> {
        if users.is_empty() {
            return Ok(());
        }
        self.tokens().revoke_all_of(users, self.actor.clone(), self.now).await?;
        Ok(())
    }

    fn tokens(&self) -> Tokens {
        Tokens::new(self.acts.changes.clone())
    }
}
