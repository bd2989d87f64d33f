//! The documents: one profile for each person.

use std::collections::BTreeMap;

use sekisho_model::documents::Kind;
use sekisho_store::{Expected, Store, StoreError, Write};
use serde::Deserialize;

use crate::Profile;

/// Every profile, by person. One that this version cannot read is left as it is.
pub(crate) async fn all(store: &Store) -> Result<BTreeMap<String, Profile>, StoreError> {
    let documents = store.list_all(Kind::BehaviourProfile).await?;
    let read = |document: sekisho_store::Document| Some((document.id, Profile::deserialize(document.body).ok()?));
    Ok(documents.into_iter().filter_map(read).collect())
}

/// The profile of a person.
pub(crate) async fn of(store: &Store, user: &str) -> Result<Option<Profile>, StoreError> {
    let document = store.get(Kind::BehaviourProfile, user).await?;
    Ok(document.and_then(|document| Profile::deserialize(document.body).ok()))
}

pub(crate) fn put(profile: &Profile) -> Result<Write, serde_json::Error> {
    let body = serde_json::to_value(profile)?;
    Ok(Write::Put { kind: Kind::BehaviourProfile, id: profile.user.clone(), expected: Expected::Any, body })
}

pub(crate) fn delete(user: &str) -> Write {
    Write::Delete { kind: Kind::BehaviourProfile, id: user.to_owned(), expected: Expected::Any }
}
