//! What a platform starts with: what it needs to be administered (the console, the platform's parts as resources, the shipped roles as
//! policies) and a baseline of device checks.

use std::collections::BTreeSet;

use sekisho_capability::{Part, ROLE_GROUPS};
use sekisho_model::Actor;
use sekisho_model::documents::Kind;
use serde_json::{Value, json};

use crate::{ApplyError, CONSOLE_POLICY, ControlPlane, Desired, ROLES_POLICY};

/// How often this tries again when another process that starts on the same store makes the same documents.
const ATTEMPTS: usize = 8;

impl ControlPlane {
    /// Makes those of the bootstrap documents that are missing. What is there stays as it is.
    ///
    /// # Errors
    /// As [`ControlPlane::execute`].
    pub async fn bootstrap(&self) -> Result<(), ApplyError> {
        self.make(true, &Actor::System).await?;
        self.make_baseline().await
    }

    /// Adds the default checks of devices to a platform that has no check. Later, their absence is a choice of its administrators.
    async fn make_baseline(&self) -> Result<(), ApplyError> {
        if self.has_checks().await? {
            return Ok(());
        }
        match self.devices.add_default_checks(Actor::System, self.clock.now()).await {
            Ok(_) => Ok(()),
            // An operator or another process added checks meanwhile.
            Err(_) if self.has_checks().await? => Ok(()),
            Err(error) => Err(ApplyError::Failed(error.to_string())),
        }
    }

    async fn has_checks(&self) -> Result<bool, ApplyError> {
        let checks = self.store.list(Kind::Check, None, 1).await;
        Ok(!checks.map_err(|error| ApplyError::Failed(error.to_string()))?.is_empty())
    }

    /// Makes the parts of the platform that an older version did not have. When it had none of them, it makes the shipped roles too; a
    /// roles policy that was removed later is not made again.
    ///
    /// # Errors
    /// As [`ControlPlane::execute`].
    pub async fn complete_parts(&self) -> Result<(), ApplyError> {
        self.make(false, &Actor::System).await
    }

    /// Puts every bootstrap document back as it was shipped, whatever was made of it. Returns the identifiers of those that changed.
    ///
    /// # Errors
    /// As [`ControlPlane::execute`].
    pub async fn restore_console(&self, actor: Actor) -> Result<Vec<String>, ApplyError> {
        let plan = self.plan(&documents(), false).await?;
        self.execute(&plan, actor).await?;
        Ok(plan.steps.iter().map(|step| format!("{}/{}", step.kind, step.id)).collect())
    }

    async fn make(&self, everything: bool, actor: &Actor) -> Result<(), ApplyError> {
        let mut attempt = 1;
        loop {
            let missing = self.missing(everything).await?;
            if missing.is_empty() {
                return Ok(());
            }
            let plan = self.plan(&missing, false).await?;
            match self.execute(&plan, actor.clone()).await {
                Ok(_) => return Ok(()),
                Err(ApplyError::Conflict(_)) if attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }

    async fn missing(&self, everything: bool) -> Result<Vec<Desired>, ApplyError> {
        let mut missing = Vec::new();
        for document in documents() {
            let found = self.store.get(document.kind, &document.id).await;
            if found.map_err(|error| ApplyError::Failed(error.to_string()))?.is_none() {
                missing.push(document);
            }
        }
        if !everything {
            let parts: BTreeSet<&str> = Part::ALL.into_iter().map(Part::resource).collect();
            let is_part = |document: &Desired| parts.contains(document.id.as_str());
            let had_none = missing.iter().filter(|document| is_part(document)).count() == parts.len();
            missing.retain(|document| is_part(document) || (had_none && is_roles(document)));
        }
        Ok(missing)
    }
}

/// What every platform has from the start, for telling which names are known without one: the bootstrap documents, and the groups
/// of the shipped roles, which an administrator makes when somebody is to be in one.
#[must_use]
pub fn shipped_documents() -> Vec<Desired> {
    let groups = ROLE_GROUPS.map(|group| desired(Kind::Group, group, json!({ "id": group, "name": group })));
    documents().into_iter().chain(groups).collect()
}

fn is_roles(document: &Desired) -> bool {
    document.kind == Kind::Policy && document.id == ROLES_POLICY
}

/// Every bootstrap document.
fn documents() -> Vec<Desired> {
    let console = json!({
        "id": "sekisho-console",
        "name": { "en": "Sekisho console", "ja": "Sekisho コンソール" },
        "description": { "en": "Where Sekisho is administered.", "ja": "Sekisho の管理画面" },
        "sensitivity": 4,
    });
    let policy = |text: &str| json!({ "text": text });
    let mut documents = vec![
        desired(Kind::Resource, "sekisho-console", console),
        desired(Kind::Policy, CONSOLE_POLICY, policy(include_str!("../../../../policies/console.cedar"))),
        desired(Kind::Policy, ROLES_POLICY, policy(include_str!("../../../../policies/roles.cedar"))),
    ];
    documents.extend(Part::ALL.map(|part| desired(Kind::Resource, part.resource(), part_body(part))));
    documents
}

fn desired(kind: Kind, id: &str, body: Value) -> Desired {
    Desired { kind, id: id.to_owned(), body, origin: "the bootstrap documents".to_owned() }
}

/// A part of the platform as a resource. People do not reach it by a host.
fn part_body(part: Part) -> Value {
    let (en, ja) = part.name();
    json!({
        "id": part.resource(),
        "name": { "en": format!("Sekisho: {en}"), "ja": format!("Sekisho: {ja}") },
        "description": { "en": "A part of the platform itself.", "ja": "プラットフォーム自体の一部" },
        "kind": "api",
        "sensitivity": 4,
        "categories": part.categories(),
    })
}
