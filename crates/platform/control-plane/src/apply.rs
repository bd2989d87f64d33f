//! Applies documents: plan, check the World that would come of it, record, commit. All or nothing.

use std::collections::BTreeSet;

use sekisho_capability::{Change, ChangeError, Changes};
use sekisho_model::Actor;
use sekisho_model::documents::{Change as DocumentChange, Kind, SessionEnd};
use sekisho_policy_information::{FoldProblem, WorldBuilder};
use sekisho_store::{Expected, Write};
use serde_json::json;

use crate::clock::now;
use crate::{ControlPlane, Current, CurrentDocuments, Desired, DocumentProblem, Plan, Step, StepChange};

/// Why nothing was applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Documents are wrong by themselves.
    #[error("{}", wrong(.0.len()))]
    Documents(Vec<DocumentProblem>),
    /// The documents would make a World with these problems.
    #[error("the documents do not fit together")]
    World(Vec<String>),
    /// Somebody changed a document in between.
    #[error("{0}")]
    Conflict(ChangeError),
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
    /// [`ApplyError`] when a document is wrong, or the World that would come of them has new problems.
    pub async fn plan(&self, desired: &[Desired], prune: bool) -> Result<Plan, ApplyError> {
        let current = self.current_documents().await?;
        self.refuse_own_hosts(desired)?;
        let plan = Plan::make(&current, desired, prune).map_err(ApplyError::Documents)?;
        // Folding a large organisation takes a while: the requests of others do not wait for it.
        let checked = tokio::task::spawn_blocking(move || check_world(&current, &plan).map(|()| plan)).await;
        checked.map_err(|error| ApplyError::Failed(error.to_string()))?
    }

    /// Executes a plan in one transaction, recorded before it is committed.
    ///
    /// # Errors
    /// [`ApplyError::Conflict`] when a document is no longer as the plan found it; then nothing was changed.
    pub async fn execute(&self, plan: &Plan, actor: Actor) -> Result<u64, ApplyError> {
        let Some(first) = plan.steps.first() else {
            return self.store.revision().await.map_err(|error| ApplyError::Failed(error.to_string()));
        };
        let committed = self.change(plan, first, &actor).commit(now()).await;
        let revision = committed.map_err(|error| match error {
            conflict @ ChangeError::Conflict { .. } => ApplyError::Conflict(conflict),
            other => ApplyError::Failed(other.to_string()),
        })?;
        self.after_commit(plan, actor).await?;
        Ok(revision)
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

    /// The portal, the device API and the decision point answer their hosts themselves: no resource may claim one.
    fn refuse_own_hosts(&self, desired: &[Desired]) -> Result<(), ApplyError> {
        let own = |host: &str| {
            let is_host_of = |origin: &str| origin.split('/').nth(2).and_then(|it| it.split(':').next()) == Some(host);
            [&self.portal_origin, &self.devices_origin, &self.decisions_origin]
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
        for step in plan.steps.iter().filter(|step| step.kind == Kind::User) {
            let Ok(user) = step.id.parse() else { continue };
            let disabled = step.body.as_ref().is_some_and(|body| body.get("status") == Some(&json!("disabled")));
            if step.change == StepChange::Remove {
                self.identity.forget(&user, actor.clone(), now()).await.map_err(|error| failed(&error))?;
            } else if disabled {
                let ended = self.identity.end_all(&user, SessionEnd::AccountDisabled, actor.clone(), now()).await;
                ended.map_err(|error| failed(&error))?;
            }
        }
        if plan.steps.iter().any(|step| step.kind == Kind::Check) {
            self.devices.reevaluate_all(now()).await.map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    async fn current_documents(&self) -> Result<CurrentDocuments, ApplyError> {
        let mut current = CurrentDocuments::new();
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_administered()) {
            let documents = self.store.list_all(kind).await.map_err(|error| ApplyError::Failed(error.to_string()))?;
            for document in documents {
                let now = Current { revision: document.revision, body: document.body };
                current.insert((document.kind, document.id), now);
            }
        }
        Ok(current)
    }
}

/// The code of a step's act.
fn act_of(step: &Step) -> &'static str {
    if step.change == StepChange::Remove { "document-removed" } else { "document-put" }
}

fn write_of(step: &Step) -> Write {
    let expected = step.expected.map_or(Expected::New, Expected::Revision);
    match &step.body {
        Some(body) => Write::Put { kind: step.kind, id: step.id.clone(), expected, body: body.clone() },
        None => Write::Delete { kind: step.kind, id: step.id.clone(), expected },
    }
}

/// Folds the documents as they would be and compares the problems with those there are now.
fn check_world(current: &CurrentDocuments, plan: &Plan) -> Result<(), ApplyError> {
    let mut next = current.clone();
    for step in &plan.steps {
        match &step.body {
            Some(body) => next.insert((step.kind, step.id.clone()), Current { revision: 0, body: body.clone() }),
            None => next.remove(&(step.kind, step.id.clone())),
        };
    }
    let (before, after) = (problems_of(current), problems_of(&next));
    let new: Vec<String> = after.difference(&before).cloned().collect();
    if new.is_empty() { Ok(()) } else { Err(ApplyError::World(new)) }
}

fn problems_of(documents: &CurrentDocuments) -> BTreeSet<String> {
    let mut builder = WorldBuilder::new();
    for ((kind, id), document) in documents {
        let change =
            DocumentChange { revision: 1, kind: *kind, id: id.clone(), body: Some(document.body.clone()), at: now() };
        // The problem, if any, is in the World's list below.
        let _ = builder.apply(&change);
    }
    let each = |problem: &FoldProblem| match problem {
        // A line for each, so that the first does not hide the others.
        FoldProblem::Policies { problems } => problems.iter().map(ToString::to_string).collect(),
        other => vec![other.to_string()],
    };
    builder.publish(now()).problems().flat_map(each).collect()
}
