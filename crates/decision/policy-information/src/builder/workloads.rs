//! Workloads and what they prove themselves with. A name belongs to a workload before it belongs to an API token.

use std::sync::Arc;

use arcstr::ArcStr;
use sekisho_model::documents::{ApiToken, ApiTokenId, Kind, Workload};
use sekisho_model::facts::{Entity, EntityType, Fact, Handle, Slot};
use sekisho_model::{GroupId, MethodSet, SessionFacts, SessionId, UserId, WorkloadId};
use serde_json::Value;

use super::{WorldBuilder, read, unreadable};
use crate::FoldProblem;
use crate::workload_credential::Credential;
use crate::{WorkloadCredential, WorkloadProof};

/// What a workload's facts are made of: of its own document, or of an API token's.
struct Described {
    name: String,
    owner: UserId,
    groups: Vec<GroupId>,
}

impl WorldBuilder {
    pub(super) fn fold_workload(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let workload: Option<Workload> = body.map(|body| read(Kind::Workload, id, "id", body)).transpose()?;
        let Ok(key) = id.parse::<WorkloadId>() else { return Ok(()) };
        match workload {
            Some(workload) => {
                self.name(EntityType::Workload, id, (Kind::Workload, id))?;
                self.view.workloads.insert(key, Arc::new(workload));
            }
            None => drop(self.view.workloads.remove(&key)),
        }
        self.show_workload(Kind::Workload, id)
    }

    /// Shows the facts of the workload of that name: those of its document; of an API token only where there is no such document, so
    /// the name of a token takes over nothing.
    // INVARIANT I-56: the name of a workload is no API token's, in whichever order the two were written.
    pub(super) fn show_workload(&mut self, kind: Kind, id: &str) -> Result<(), FoldProblem> {
        let described = match id.parse::<WorkloadId>().ok().and_then(|id| self.view.workloads.get(&id)) {
            // INVARIANT I-54: a disabled workload has no facts, so nothing is permitted to it.
            Some(workload) => (!workload.disabled).then(|| Described::of_workload(workload)),
            None => id.parse::<ApiTokenId>().ok().and_then(|id| self.view.api_tokens.get(&id)).map(Described::of_token),
        };
        let Some(described) = described else {
            let Some(handle) = self.named(EntityType::Workload, id) else { return Ok(()) };
            self.memberships.set(handle.index(), None);
            self.view.facts.remove(handle);
            self.changed.entity(handle);
            return Ok(());
        };
        let handle = self.name(EntityType::Workload, id, (kind, id))?;
        self.describe_workload(handle, described, (kind, id))?;
        self.changed.entity(handle);
        Ok(())
    }

    fn describe_workload(
        &mut self,
        handle: Handle,
        described: Described,
        document: (Kind, &str),
    ) -> Result<(), FoldProblem> {
        let owner = self.name(EntityType::User, described.owner.as_str(), document)?;
        let mut direct = Vec::with_capacity(described.groups.len());
        for group in &described.groups {
            direct.push(self.name(EntityType::Group, group.as_str(), document)?);
        }
        direct.sort_unstable();
        let kin = self.pool.kin(self.groups.with_ancestors(&direct), Vec::new());
        let attributes = vec![(Slot::Name, Fact::string(described.name.as_str())), (Slot::Owner, Fact::Entity(owner))];
        self.memberships.set(handle.index(), Some(direct.into_boxed_slice()));
        self.view.facts.insert(handle, Entity::with_kin(EntityType::Workload, kin, attributes));
        Ok(())
    }

    pub(super) fn fold_workload_credential(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let Some(session) = SessionId::from_hex(id) else {
            let wrong = "its identifier is not 32 hexadecimal digits".to_owned();
            return body.map_or(Ok(()), |_| Err(unreadable(Kind::WorkloadCredential, id, wrong)));
        };
        let credential = match body {
            Some(body) => Some(self.read_credential(id, read(Kind::WorkloadCredential, id, "id", body)?)?),
            None => None,
        };
        if let Some(old) = self.view.workload_credentials.remove(&session)
            && let WorkloadProof::Certificate(key) = &old.document.proof
        {
            self.view.workload_keys.remove(&(ArcStr::from(key.as_str()), session));
        }
        if let Some(credential) = credential {
            if let WorkloadProof::Certificate(key) = &credential.document.proof {
                self.view.workload_keys.insert((ArcStr::from(key.as_str()), session));
            }
            self.view.workload_credentials.insert(session, Arc::new(credential));
        }
        self.changed.session(session);
        Ok(())
    }

    fn read_credential(&self, id: &str, document: WorkloadCredential) -> Result<Credential, FoldProblem> {
        let named = (Kind::WorkloadCredential, id);
        let session = SessionFacts {
            id: document.id,
            subject: self.name(EntityType::Workload, document.workload.as_str(), named)?,
            device: None,
            established_at: document.made_at,
            authenticated_at: document.made_at,
            expires_at: document.expires_at,
            methods: MethodSet::EMPTY,
            assurance_limit: None,
            rotation: 0,
        };
        Ok(Credential { document, session: Arc::new(session) })
    }
}

impl Described {
    fn of_workload(workload: &Arc<Workload>) -> Self {
        let name = if workload.name.is_empty() { workload.id.as_str() } else { workload.name.as_str() };
        Self { name: name.to_owned(), owner: workload.owner.clone(), groups: workload.groups.iter().cloned().collect() }
    }

    /// A token has no name besides its identifier.
    fn of_token(token: &Arc<ApiToken>) -> Self {
        let groups = token.roles.iter().cloned().collect();
        Self { name: token.id.to_string(), owner: token.owner.clone(), groups }
    }
}
