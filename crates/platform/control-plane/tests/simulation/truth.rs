//! Who was permitted when, by what the database held: the reference of a few lines.

use std::collections::BTreeMap;
use std::time::Duration;

use sekisho_model::documents::Kind;
use serde_json::Value;
use tokio::time::Instant;

/// The documents of the database by kind and name.
pub(crate) type Documents = BTreeMap<(Kind, String), Value>;

/// For each account, since when it is permitted or not.
#[derive(Default)]
pub(crate) struct Truth(BTreeMap<u8, Vec<(Instant, bool)>>);

impl Truth {
    /// Notes what is true from now on.
    pub(crate) fn note(&mut self, accounts: impl IntoIterator<Item = u8>, documents: &Documents) {
        for account in accounts {
            let is = is_permitted(account, documents);
            let history = self.0.entry(account).or_default();
            if history.last().is_none_or(|(_, was)| *was != is) {
                history.push((Instant::now(), is));
            }
        }
    }

    pub(crate) fn now(&self, account: u8) -> bool {
        self.0[&account].last().unwrap().1
    }

    /// For how long the account has been permitted, or not.
    pub(crate) fn has_been(&self, permitted: bool, account: u8) -> Duration {
        let (since, is) = self.0[&account].last().unwrap();
        if *is == permitted { since.elapsed() } else { Duration::ZERO }
    }
}

/// The policy of the simulation, said once more: staff that is active, with a session that is stored, to a wiki that is there.
fn is_permitted(account: u8, documents: &Documents) -> bool {
    let user = documents.get(&(Kind::User, crate::database::name(account)));
    let active = user.is_some_and(|user| user["status"] == "active" && user["groups"][0] == "staff");
    let is_there = |kind, id: &str| documents.contains_key(&(kind, id.to_owned()));
    active
        && is_there(Kind::Session, &crate::database::session_id(account).to_string())
        && is_there(Kind::Resource, "wiki")
}
