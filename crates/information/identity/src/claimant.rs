//! Who says to be whom: the account behind a typed name, or the outline of one where there is none.

use std::net::IpAddr;

use serde_json::{Value, json};

use sekisho_model::documents::{User, UserStatus};
use sekisho_model::{Actor, Method, MethodSet, Timestamp, UserId};

use crate::account::Account;
use crate::identity::{Inner, network};
use crate::origin::Origin;
use crate::throttle::Attempt;
use crate::{Failure, random};

/// Somebody who is signing in under a name.
pub(crate) struct Claimant {
    /// The name as typed, without what people add by habit: white space, capital letters.
    pub name: String,
    /// The user of that name.
    pub user: Option<User>,
    /// That user's authenticators; none of any kind where there is no such user.
    pub account: Account,
    /// What this attempt counts as.
    pub attempt: Attempt,
    /// The address, as a digest that the account remembers.
    pub familiar: String,
    /// The address itself, for the record.
    pub address: IpAddr,
    /// The number of the browser, where this person signed in before.
    pub known: Option<[u8; 16]>,
}

impl Claimant {
    /// The user, if the account may be used.
    pub(crate) fn active(&self) -> Option<&UserId> {
        self.user.as_ref().filter(|user| user.status == UserStatus::Active).map(|user| &user.id)
    }

    /// What the ledger keeps of a sign-in.
    pub(crate) fn detail(&self, methods: MethodSet) -> Value {
        json!({ "methods": methods, "address": self.address.to_string() })
    }
}

impl Inner {
    /// The claimant behind a typed name. Reads the same documents whether there is such an account or not.
    pub(crate) async fn claimant(&self, typed: &str, origin: Origin) -> Result<Claimant, Failure> {
        let name: String = typed.trim().chars().take(128).flat_map(char::to_lowercase).collect();
        // A text that cannot be a user's name asks the store for one that no user has.
        let asked: UserId = match name.parse() {
            Ok(user) => user,
            Err(_) => "nobody@invalid".parse().map_err(|_| Failure::Unavailable("read the account"))?,
        };
        let user = self.user(&asked).await?;
        let (account, _) = self.account(&asked).await?;
        let network = network(origin.address);
        let familiar = hex::encode(random::keyed(&self.key, "familiar", &format!("{name} {network}")));
        let is_familiar = user.is_some() && account.familiar.contains(&familiar);
        let stranger = (!is_familiar).then(|| random::keyed(&self.key, "account", &name));
        let attempt = origin.guess(&self.key, &name, stranger);
        Ok(Claimant { name, user, account, attempt, familiar, address: origin.address, known: origin.known })
    }

    /// Records a failed sign-in and raises the account's risk. The answer is one and the same whatever the reason.
    pub(crate) async fn failed(
        &self,
        claimant: &Claimant,
        method: Method,
        why: &'static str,
        before: u32,
        now: Timestamp,
    ) -> Failure {
        // A name that is no account's may be a password typed into the wrong field: it is not recorded.
        let known = claimant.user.as_ref().map(|user| &user.id);
        let target = known.map_or_else(|| "user/unknown".to_owned(), |user| format!("user/{user}"));
        if let Some(user) = known
            && let Err(failure) = self.signals.failed_sign_ins(user, before.saturating_add(1), now)
        {
            return failure;
        }
        let detail = json!({ "method": method, "why": why, "address": claimant.address.to_string() });
        match self.record(Actor::System, "sign-in-failed", target, detail, now).await {
            // INVARIANT I-14: an unknown account, a disabled one and a wrong proof get one and the same answer.
            Ok(()) => Failure::WrongCredentials,
            Err(failure) => failure,
        }
    }
}

impl Account {
    /// Remembers an address from which the owner has signed in.
    pub(crate) fn remember(&mut self, familiar: &str) {
        self.familiar.retain(|kept| kept != familiar);
        self.familiar.push(familiar.to_owned());
        // Home, office, phone and some more; the oldest goes.
        let extra = self.familiar.len().saturating_sub(8);
        self.familiar.drain(..extra);
    }
}
