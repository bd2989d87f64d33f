//! Applies documents: plan, rehearse on a copy of the World, record, commit. All or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sekisho_capability::{Change, ChangeError, Changes};
use sekisho_model::documents::{Kind, SessionEnd};
use sekisho_model::{Actor, PolicyId, UserId};
use sekisho_policy_information::World;
use sekisho_policy_language::PolicyProblem;
use sekisho_store::{Document, Expected, StoreError, Write};
use serde_json::json;

use crate::acts::{ActRefusal, refuse_own_account, table};
use crate::protected::{active_members, nobody_left};
use crate::remaining::{Planned, first_member};
use crate::unknown_name::unknown_names_in;
use crate::{ControlPlane, Current, CurrentDocuments, Desired, DocumentProblem, Plan, Step, StepChange};

/// How long an answer waits until what was changed is in force. Beyond it the change is stored, and `/readyz` says that the World lags.
const IN_FORCE: Duration = Duration::from_secs(30);

/// Why nothing was applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Documents are wrong by themselves.
    #[error("{}", wrong(.0.len()))]
    Documents(Vec<DocumentProblem>),
    /// The documents would make a World with these problems.
    #[error("the documents do not fit together")]
    World(Vec<String>),
    /// Nobody could administer the platform any more.
    #[error("{0}")]
    Protected(String),
    /// Somebody changed a document in between.
    #[error("{0}")]
    Conflict(ChangeError),
    /// The plan would disable or remove the account of its own actor.
    #[error(transparent)]
    OwnAccount(Box<ActRefusal>),
    /// The store or the ledger failed.
    #[error("{0}")]
    Failed(String),
}

fn wrong(count: usize) -> String {
    match count {
        1 => "one document is wrong".to_owned(),
        count => format!("{count} documents are wrong"),
    }
}

impl ControlPlane {
    /// Plans how to make the documents as desired; see [`Plan::make`].
    ///
    /// # Errors
    /// [`ApplyError`] when a document is wrong, the World with them has new problems, or nobody could administer it any more.
    pub async fn plan(&self, desired: &[Desired], prune: bool) -> Result<Plan, ApplyError> {
        self.refuse_own_hosts(desired)?;
        let failed = |error: StoreError| ApplyError::Failed(error.to_string());
        let revision = self.store.revision().await.map_err(failed)?;
        let current = self.documents_for(desired, prune).await.map_err(failed)?;
        let mut plan = Plan::make(&current, desired, prune).map_err(ApplyError::Documents)?;
        if plan.steps.is_empty() && desired.is_empty() {
            return Ok(plan);
        }
        let rehearsal = self.rehearse(&plan, revision).await?;
        let removed = plan.removed();
        // Only a removal leaves other documents with a name that nobody has.
        let staying = if removed.is_empty() { current } else { self.all_documents().await.map_err(failed)? };
        plan.unknown_names = unknown_names_in(Some(&rehearsal.after), &staying, desired, &removed);
        plan.warnings = policy_warnings(&rehearsal.after, desired);
        plan.opening = opening_policies(&rehearsal.after, desired);
        plan.impact = rehearsal.impact;
        Ok(plan)
    }

    /// Plans the removal of one document. `None` when there is no such document.
    ///
    /// # Errors
    /// [`ApplyError`] when the World without it has new problems, or nobody could administer it any more.
    pub async fn plan_removal(&self, kind: Kind, id: &str) -> Result<Option<Plan>, ApplyError> {
        let plan = self.plan_removals(&[(kind, id)]).await?;
        Ok(Some(plan).filter(|plan| !plan.steps.is_empty()))
    }

    /// Plans the removal of several documents together. What is not there is no step.
    ///
    /// # Errors
    /// [`ApplyError`] when the World without them has new problems, or nobody could administer it any more.
    pub async fn plan_removals(&self, documents: &[(Kind, &str)]) -> Result<Plan, ApplyError> {
        let failed = |error: StoreError| ApplyError::Failed(error.to_string());
        let revision = self.store.revision().await.map_err(failed)?;
        let mut plan = Plan::default();
        for (kind, id) in documents {
            if let Some(document) = self.store.get(*kind, id).await.map_err(failed)? {
                plan.steps.push(Step::removal(*kind, id, document.revision));
            }
        }
        if !plan.steps.is_empty() {
            plan.impact = self.rehearse(&plan, revision).await?.impact;
        }
        Ok(plan)
    }

    /// Executes a plan in one transaction, recorded before it is committed.
    ///
    /// # Errors
    /// [`ApplyError::Conflict`] when a document is no longer as the plan found it; then nothing was changed.
    pub async fn execute(&self, plan: &Plan, actor: Actor) -> Result<u64, ApplyError> {
        let Some(first) = plan.steps.first() else {
            return self.store.revision().await.map_err(|error| ApplyError::Failed(error.to_string()));
        };
        refuse_to_lock_out(plan, &actor)?;
        let rests_on = self.leaves_an_administrator(plan).await?;
        let change = rests_on.into_iter().fold(self.change(plan, first, &actor), Change::write);
        let committed = change.commit(self.clock.now()).await;
        let revision = committed.map_err(|error| match error {
            conflict @ ChangeError::Conflict { .. } => ApplyError::Conflict(conflict),
            other => ApplyError::Failed(other.to_string()),
        })?;
        self.after_commit(plan, actor).await?;
        self.wait_until_in_force(revision).await;
        Ok(revision)
    }

    /// What the commit of a plan rests on, so that somebody is left in the group of administrators. Nothing where no member's account or
    /// group changes. Whether that person may administer was found when the plan was rehearsed.
    async fn leaves_an_administrator(&self, plan: &Plan) -> Result<Vec<Write>, ApplyError> {
        let changed = |step: &&Step| step.change != StepChange::Create && matches!(step.kind, Kind::User | Kind::Group);
        if !plan.steps.iter().any(|step| changed(&step)) {
            return Ok(Vec::new());
        }
        let members = active_members(&self.world());
        let mut steps = plan.steps.iter().filter(changed);
        if members.is_empty() || !steps.any(|step| step.kind == Kind::Group || members.contains(&step.id)) {
            return Ok(Vec::new());
        }
        let documents = plan.steps.iter().filter(|step| matches!(step.kind, Kind::User | Kind::Group));
        let planned: Planned<'_> = documents.map(|step| ((step.kind, step.id.as_str()), step.body.as_ref())).collect();
        let added = planned.keys().filter(|(kind, _)| *kind == Kind::User).map(|(_, id)| (*id).to_owned());
        let people = members.into_iter().chain(added);
        let rests_on = first_member(&self.store, &planned, people).await;
        let rests_on = rests_on.map_err(|error| ApplyError::Failed(error.to_string()))?;
        rests_on.ok_or_else(|| ApplyError::Protected(nobody_left()))
    }

    /// Waits until the World of this process holds a revision and every worker of the gateway decides on it, so that who was answered meets
    /// what was changed.
    async fn wait_until_in_force(&self, revision: u64) {
        let mut world = self.publication.world.clone();
        let in_force = async {
            let _ = world.wait_for(|world| world.revision() >= revision).await;
            self.publication.followers.reach(revision).await;
        };
        let _ = tokio::time::timeout(IN_FORCE, in_force).await;
    }

    /// The plan as one change: an act for each of its steps, of which `first` is the first.
    fn change(&self, plan: &Plan, first: &Step, actor: &Actor) -> Change {
        let changes = Changes::new(self.store.clone(), self.ledger.clone());
        let target = |step: &Step| format!("{}/{}", step.kind, step.id);
        let mut change = changes.begin(actor.clone(), act_of(first), target(first));
        for (index, step) in plan.steps.iter().enumerate() {
            if index > 0 {
                change = change.and(act_of(step), target(step));
            }
            change = change.detail(json!({ "fields": step.fields })).write(write_of(step));
        }
        change
    }

    /// The portal, the device API, the terminals' sign-in, the decision point and the resolver answer their hosts themselves: no resource may claim one.
    fn refuse_own_hosts(&self, desired: &[Desired]) -> Result<(), ApplyError> {
        // All of these hosts are of one domain.
        let [terminals, resolver] =
            ["//terminal.", "//dns."].map(|host| self.devices_origin.replacen("//devices.", host, 1));
        let own = |host: &str| {
            let is_host_of = |origin: &str| origin.split('/').nth(2).and_then(|it| it.split(':').next()) == Some(host);
            [&self.portal_origin, &self.devices_origin, &self.decisions_origin, &terminals, &resolver]
                .into_iter()
                .any(|origin| is_host_of(origin))
        };
        let claims = desired.iter().filter(|document| document.kind == Kind::Resource).filter_map(|document| {
            let host = document.body.get("host")?.as_str()?.to_ascii_lowercase();
            own(&host).then(|| document.problem(format!("`host`: {host} is Sekisho's own: give the resource another")))
        });
        let claims: Vec<DocumentProblem> = claims.collect();
        if claims.is_empty() { Ok(()) } else { Err(ApplyError::Documents(claims)) }
    }

    async fn after_commit(&self, plan: &Plan, actor: Actor) -> Result<(), ApplyError> {
        let failed = |error: &dyn std::fmt::Display| ApplyError::Failed(error.to_string());
        let removed = plan.removed().into_iter().filter(|(kind, _)| *kind == Kind::User);
        let removed: BTreeSet<UserId> = removed.filter_map(|(_, id)| id.parse().ok()).collect();
        // An account made later under the same name inherits no token.
        let acts = self.acts();
        acts.by(actor.clone(), self.clock.now()).revoke_tokens_of(&removed).await.map_err(|error| failed(&error))?;
        for step in plan.steps.iter().filter(|step| step.kind == Kind::User) {
            let Ok(user) = step.id.parse() else { continue };
            let disabled = step.body.as_ref().is_some_and(|body| body.get("status") == Some(&json!("disabled")));
            if step.change == StepChange::Remove {
                self.identity.forget(&user, actor.clone(), self.clock.now()).await.map_err(|error| failed(&error))?;
            } else if disabled && step.change == StepChange::Update {
                let ended =
                    self.identity.end_all(&user, SessionEnd::AccountDisabled, actor.clone(), self.clock.now()).await;
                ended.map_err(|error| failed(&error))?;
            }
        }
        if plan.steps.iter().any(|step| step.kind == Kind::Check) {
            self.devices.reevaluate_all(self.clock.now()).await.map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    /// The documents that a plan compares with: those of the same names, and with `prune` all of the same kinds.
    async fn documents_for(&self, desired: &[Desired], prune: bool) -> Result<CurrentDocuments, StoreError> {
        let mut by_kind: BTreeMap<Kind, Vec<&str>> = BTreeMap::new();
        for document in desired {
            by_kind.entry(document.kind).or_default().push(&document.id);
        }
        let mut current = CurrentDocuments::new();
        for (kind, ids) in by_kind {
            if prune || ids.len() > SINGLY {
                add(&mut current, self.store.list_all(kind).await?);
                continue;
            }
            for id in ids {
                add(&mut current, self.store.get(kind, id).await?);
            }
        }
        Ok(current)
    }

    async fn all_documents(&self) -> Result<CurrentDocuments, StoreError> {
        let mut all = CurrentDocuments::new();
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_administered()) {
            add(&mut all, self.store.list_all(kind).await?);
        }
        Ok(all)
    }
}

/// How many documents of a kind are read one by one rather than all together.
const SINGLY: usize = 32;

fn add(current: &mut CurrentDocuments, documents: impl IntoIterator<Item = Document>) {
    for document in documents {
        let now = Current { revision: document.revision, body: document.body };
        current.insert((document.kind, document.id), now);
    }
}

/// What is valid in the desired policies and probably not meant, each at its place in the file that was written.
fn policy_warnings(world: &World, desired: &[Desired]) -> Vec<String> {
    let policies = desired.iter().filter(|document| document.kind == Kind::Policy);
    let origins: BTreeMap<&str, &str> = policies.map(|one| (one.id.as_str(), one.origin.as_str())).collect();
    let warned = world.policies().warnings().iter().filter_map(|warning| {
        let file = (*origins.get(warning.file.as_str())?).to_owned();
        Some(PolicyProblem { file, ..warning.clone() }.to_string())
    });
    warned.collect()
}

/// The permits among the desired policies that name no resource.
fn opening_policies(world: &World, desired: &[Desired]) -> Vec<PolicyId> {
    let is_desired = |file: &str| desired.iter().any(|one| one.kind == Kind::Policy && one.id == file);
    world.policies().opening().filter(|meta| is_desired(&meta.file)).map(|meta| meta.id.clone()).collect()
}

/// Rejects a plan that would disable or remove the account of its own actor.
fn refuse_to_lock_out(plan: &Plan, actor: &Actor) -> Result<(), ApplyError> {
    let ends = |step: &&Step| {
        step.kind == Kind::User && step.body.as_ref().is_none_or(|body| body.get("status") == Some(&json!("disabled")))
    };
    let mut ended = plan.steps.iter().filter(ends);
    ended
        .try_for_each(|step| refuse_own_account(actor, &step.id))
        .map_err(|refusal| ApplyError::OwnAccount(Box::new(refusal)))
}

/// The code of a step's act.
fn act_of(step: &Step) -> &'static str {
    if step.change == StepChange::Remove { table::DOCUMENT_REMOVED } else { table::DOCUMENT_PUT }
}

fn write_of(step: &Step) -> Write {
    let expected = step.expected.map_or(Expected::New, Expected::Revision);
    match &step.body {
        Some(body) => Write::Put { kind: step.kind, id: step.id.clone(), expected, body: body.clone() },
        None => Write::Delete { kind: step.kind, id: step.id.clone(), expected },
    }
}
