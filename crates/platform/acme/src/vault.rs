//! What is kept in the store, sealed: accounts, certificates, the open question.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use sekisho_capability::Services;
use sekisho_model::documents::Kind;
use sekisho_model::{Actor, Timestamp};
use sekisho_store::{Expected, Write};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::certificate::{Issued, StoredCertificate};
use crate::challenge::Question;
use crate::failure::OrderFailure;

const CERTIFICATE: &str = "acme-certificate/";
const QUESTION: &str = "acme-question";
const TURN: &str = "acme-turn";
/// How many certificates are read at once.
const PAGE: u32 = 500;

/// The documents of one store. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Vault {
    pub(crate) services: Services,
}

/// An account as it is sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredAccount {
    /// How it reaches its owner, as the authority knows it.
    pub(crate) contact: Vec<String>,
    /// The name of the external account's key.
    pub(crate) external: Option<String>,
    /// Its address and its key.
    pub(crate) credentials: Value,
}

impl Vault {
    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        self.services.clock.now()
    }

    /// The account at that directory, if there is one.
    pub(crate) async fn account(&self, directory: &str) -> Result<Option<StoredAccount>, OrderFailure> {
        self.get(&account_id(directory)).await
    }

    pub(crate) async fn keep_account(&self, directory: &str, account: &StoredAccount) -> Result<(), OrderFailure> {
        self.put(account_id(directory), account).await
    }

    pub(crate) async fn forget_account(&self, directory: &str) -> Result<(), OrderFailure> {
        self.delete(account_id(directory)).await
    }

    /// The certificates from that directory, by host. A damaged one is as good as none.
    pub(crate) async fn certificates(&self, directory: &str) -> Result<BTreeMap<String, Issued>, OrderFailure> {
        let mut found = BTreeMap::new();
        let mut after = CERTIFICATE.to_owned();
        loop {
            let page = self.services.store.list(Kind::Key, Some(&after), PAGE).await?;
            for document in page {
                let Some(host) = document.id.strip_prefix(CERTIFICATE) else { return Ok(found) };
                after.clone_from(&document.id);
                let Ok(stored) = serde_json::from_value::<StoredCertificate>(document.body) else { continue };
                if stored.directory != directory {
                    continue;
                }
                match Issued::read(host, &stored) {
                    Ok(issued) => drop(found.insert(host.to_owned(), issued)),
                    Err(error) => tracing::error!(host, error, "a stored certificate cannot be used"),
                }
            }
            if after == CERTIFICATE || self.services.store.list(Kind::Key, Some(&after), 1).await?.is_empty() {
                return Ok(found);
            }
        }
    }

    /// Tells whether certificates were kept since: it is another number then.
    pub(crate) async fn turn(&self) -> Result<Option<u64>, OrderFailure> {
        Ok(self.services.store.get(Kind::Key, TURN).await?.map(|document| document.revision))
    }

    /// Records that a certificate was issued and stores it, with a new turn that every process on the store sees.
    pub(crate) async fn keep_certificate(&self, directory: &str, issued: &Issued) -> Result<(), OrderFailure> {
        let target = format!("certificate/{}", issued.host);
        let detail = json!({ "directory": directory, "from": issued.from, "until": issued.until });
        let issue = self.services.changes.begin(Actor::System, "certificate-issued", target).detail(detail);
        let certificate = put(format!("{CERTIFICATE}{}", issued.host), &issued.stored(directory))?;
        issue.write(certificate).write(put(TURN.to_owned(), &issued.host)?).commit(self.now()).await?;
        Ok(())
    }

    /// The question that some process has open.
    pub(crate) async fn question(&self) -> Result<Option<Question>, OrderFailure> {
        self.get(QUESTION).await
    }

    pub(crate) async fn ask(&self, question: &Question) -> Result<(), OrderFailure> {
        self.put(QUESTION.to_owned(), question).await
    }

    pub(crate) async fn answered(&self) -> Result<(), OrderFailure> {
        self.delete(QUESTION.to_owned()).await
    }

    async fn get<T: DeserializeOwned>(&self, id: &str) -> Result<Option<T>, OrderFailure> {
        let Some(document) = self.services.store.get(Kind::Key, id).await? else { return Ok(None) };
        let read = serde_json::from_value(document.body);
        read.map(Some).map_err(|_| OrderFailure::Own(format!("the document key/{id} is damaged: delete it")))
    }

    async fn put(&self, id: String, value: &impl Serialize) -> Result<(), OrderFailure> {
        self.commit(vec![put(id, value)?]).await
    }

    async fn delete(&self, id: String) -> Result<(), OrderFailure> {
        self.commit(vec![Write::Delete { kind: Kind::Key, id, expected: Expected::Any }]).await
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<(), OrderFailure> {
        self.services.changes.maintain(writes, self.now()).await?;
        Ok(())
    }
}

fn put(id: String, value: &impl Serialize) -> Result<Write, OrderFailure> {
    let body = serde_json::to_value(value).map_err(|error| OrderFailure::Own(error.to_string()))?;
    Ok(Write::Put { kind: Kind::Key, id, expected: Expected::Any, body })
}

/// One account for each directory.
fn account_id(directory: &str) -> String {
    let hash = hex::encode(digest(&SHA256, directory.as_bytes()));
    format!("acme-account/{}", hash.chars().take(32).collect::<String>())
}
