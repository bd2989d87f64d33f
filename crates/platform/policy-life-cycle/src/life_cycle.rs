//! The steps of the life cycle, each one recorded act.

use std::sync::Arc;

use sekisho_capability::{ActSpec, Changes};
use sekisho_control_plane::acts::table::{
    POLICY_DRAFT_APPROVED, POLICY_DRAFT_PUT, POLICY_PUBLISHED, POLICY_ROLLED_BACK,
};
use sekisho_control_plane::{ControlPlane, Desired, Plan, Reviewed};
use sekisho_model::documents::{Kind, PolicyFile};
use sekisho_model::{Actor, Name, Timestamp};
use sekisho_policy_information::World;
use sekisho_policy_language::{Policies, PolicyText};
use sekisho_store::{Document, Expected, Write};
use serde_json::{Value, json};

use crate::draft::{Approval, Draft, State};
use crate::failure::LifeCycleError;
use crate::report::Report;

/// The longest text of a draft, in bytes.
const LONGEST: usize = 256 * 1024;

/// The life cycle of policies. A cheap handle.
#[derive(Clone)]
pub struct LifeCycle {
    pub(crate) control_plane: ControlPlane,
}

/// A draft with the revision that wrote it.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The revision.
    pub revision: u64,
    /// The draft.
    pub draft: Draft,
}

/// What somebody writes on a draft.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// The text.
    pub text: String,
    /// The revision of the draft that they saw; without it, whichever there is.
    pub seen: Option<u64>,
    /// The revision of the policy that they saw: the draft is made from that one now. Without it, it stays as it is.
    pub base: Option<u64>,
}

impl LifeCycle {
    /// Over these services.
    #[must_use]
    pub const fn new(control_plane: ControlPlane) -> Self {
        Self { control_plane }
    }

    /// Every draft, the newest first.
    ///
    /// # Errors
    /// [`LifeCycleError::Failed`].
    pub async fn all(&self) -> Result<Vec<Stored>, LifeCycleError> {
        let documents = self.control_plane.store.list_all(Kind::PolicyDraft).await?;
        let mut all: Vec<Stored> = documents.into_iter().filter_map(stored).collect();
        all.sort_by(|one, other| (other.draft.at, &other.draft.id).cmp(&(one.draft.at, &one.draft.id)));
        Ok(all)
    }

    /// One draft.
    ///
    /// # Errors
    /// [`LifeCycleError::NotFound`], [`LifeCycleError::Failed`].
    pub async fn get(&self, id: &str) -> Result<Stored, LifeCycleError> {
        let id: Name = id.parse().map_err(|_| LifeCycleError::NotFound)?;
        let document = self.control_plane.store.get(Kind::PolicyDraft, id.as_str()).await?;
        document.and_then(stored).ok_or(LifeCycleError::NotFound)
    }

    /// What a draft would have decided otherwise so far.
    ///
    /// # Errors
    /// [`LifeCycleError::Failed`].
    pub async fn report(&self, draft: &Draft) -> Result<Report, LifeCycleError> {
        let document = self.control_plane.store.get(Kind::PolicyDraftReport, draft.id.as_str()).await?;
        let report: Option<Report> = document.and_then(|document| serde_json::from_value(document.body).ok());
        Ok(report.filter(|report| report.digest == draft.digest()).unwrap_or_default())
    }

    /// Begins a draft of a policy file, with its present text where none is given.
    ///
    /// # Errors
    /// [`LifeCycleError`].
    pub async fn begin(
        &self,
        (id, policy): (&str, &str),
        text: Option<String>,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Draft, LifeCycleError> {
        let named = |field: &str, name: &str| -> Result<Name, LifeCycleError> {
            name.trim().parse().map_err(|error| LifeCycleError::Wrong(format!("`{field}`: {error}")))
        };
        let (id, policy) = (named("draft", id)?, named("policy", policy)?);
        let (base, former) = self.present(policy.as_str()).await?.unzip();
        let missing = || LifeCycleError::Wrong("there is no such policy: write the text of a new one".to_owned());
        let text = text.or_else(|| former.clone()).ok_or_else(missing)?;
        refuse_long(&text)?;
        let (author, state) = (writer(&actor), State::Draft);
        let writers = vec![author.clone()];
        let draft = Draft { id, policy, text, base, former, author, at: now, writers, state, approval: None };
        let change = self.changes().begin(actor, POLICY_DRAFT_PUT.code, target(&draft)).detail(said(&draft));
        let change = change.put(Kind::PolicyDraft, draft.id.as_str(), Expected::New, body(&draft)?);
        match change.commit(now).await.map_err(LifeCycleError::from) {
            Ok(_) => Ok(draft),
            Err(LifeCycleError::Changed) => Err(LifeCycleError::Taken),
            Err(other) => Err(other),
        }
    }

    /// Writes the text of a draft. An approval of the former text does not count for the new one.
    ///
    /// # Errors
    /// [`LifeCycleError`].
    pub async fn write(
        &self,
        id: &str,
        written: Written,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Draft, LifeCycleError> {
        refuse_long(&written.text)?;
        let mut stored = self.open(id).await?;
        if written.seen.is_some_and(|seen| seen != stored.revision) {
            return Err(LifeCycleError::Changed);
        }
        if let Some(seen) = written.base {
            let (base, former) = self.present(stored.draft.policy.as_str()).await?.unzip();
            if base.unwrap_or_default() != seen {
                return Err(LifeCycleError::Overtaken);
            }
            (stored.draft.base, stored.draft.former) = (base, former);
        }
        let who = writer(&actor);
        if !stored.draft.writers.contains(&who) {
            stored.draft.writers.push(who);
        }
        stored.draft.text = written.text;
        stored.draft.approval = None;
        self.keep(stored, &POLICY_DRAFT_PUT, actor, now).await
    }

    /// Lets a draft run beside the set: it changes no answer.
    ///
    /// # Errors
    /// [`LifeCycleError::Refused`] where the set with it would be refused.
    pub async fn start(&self, id: &str, actor: Actor, now: Timestamp) -> Result<Draft, LifeCycleError> {
        let mut stored = self.open(id).await?;
        self.plan(&stored.draft).await?;
        stored.draft.state = State::ReportOnly { since: now };
        self.keep(stored, &POLICY_DRAFT_PUT, actor, now).await
    }

    /// Ends report-only.
    ///
    /// # Errors
    /// [`LifeCycleError`].
    pub async fn stop(&self, id: &str, actor: Actor, now: Timestamp) -> Result<Draft, LifeCycleError> {
        let mut stored = self.open(id).await?;
        stored.draft.state = State::Draft;
        self.keep(stored, &POLICY_DRAFT_PUT, actor, now).await
    }

    /// Gives a draft up.
    ///
    /// # Errors
    /// [`LifeCycleError`].
    pub async fn withdraw(&self, id: &str, actor: Actor, now: Timestamp) -> Result<Draft, LifeCycleError> {
        let mut stored = self.open(id).await?;
        stored.draft.state = State::Withdrawn { at: now, by: writer(&actor) };
        self.keep(stored, &POLICY_DRAFT_PUT, actor, now).await
    }

    /// Approves exactly the text that was looked at.
    ///
    /// # Errors
    /// [`LifeCycleError::OwnDraft`] for who wrote on it, [`LifeCycleError::Changed`] where it is another text now.
    pub async fn approve(&self, id: &str, digest: &str, actor: Actor, now: Timestamp) -> Result<Draft, LifeCycleError> {
        let by = actor.user().ok_or(LifeCycleError::NotAPerson)?.to_owned();
        let mut stored = self.open(id).await?;
        // INVARIANT I-73: nobody approves what they wrote on, with a session or a token.
        if stored.draft.is_writer(&by) {
            return Err(LifeCycleError::OwnDraft);
        }
        if stored.draft.digest() != digest {
            return Err(LifeCycleError::Changed);
        }
        stored.draft.approval = Some(Approval { by, at: now, digest: digest.to_owned() });
        self.keep(stored, &POLICY_DRAFT_APPROVED, actor, now).await
    }

    /// Puts a draft into force: one act, on the revision that it was made from.
    ///
    /// # Errors
    /// [`LifeCycleError::NotApproved`], [`LifeCycleError::Overtaken`], [`LifeCycleError::Refused`].
    pub async fn publish(&self, id: &str, actor: Actor, now: Timestamp) -> Result<Draft, LifeCycleError> {
        let Stored { revision, mut draft } = self.open(id).await?;
        if self.present(draft.policy.as_str()).await?.map(|(base, _)| base) != draft.base {
            return Err(LifeCycleError::Overtaken);
        }
        if self.needs_approval(&draft) && draft.approved().is_none() {
            return Err(LifeCycleError::NotApproved);
        }
        let plan = self.plan(&draft).await?;
        match plan.steps.as_slice() {
            [] => return Err(LifeCycleError::Nothing),
            [step] if step.expected == draft.base => {}
            _ => return Err(LifeCycleError::Overtaken),
        }
        draft.state = State::Published { at: now, by: writer(&actor) };
        self.execute(&plan, &POLICY_PUBLISHED, (&draft, revision), actor).await?;
        Ok(draft)
    }

    /// Puts the policy back as it was before the draft was published, byte for byte.
    ///
    /// # Errors
    /// [`LifeCycleError::NotInForce`] where the policy was changed since.
    pub async fn roll_back(&self, id: &str, actor: Actor, now: Timestamp) -> Result<Draft, LifeCycleError> {
        let Stored { revision, mut draft } = self.get(id).await?;
        let present = self.present(draft.policy.as_str()).await?;
        // INVARIANT I-74: what is put back follows what was published. One revision wrote both documents.
        if !matches!(draft.state, State::Published { .. }) || present.map(|(present, _)| present) != Some(revision) {
            return Err(LifeCycleError::NotInForce);
        }
        let plan = match &draft.former {
            Some(former) => self.control_plane.plan(&[desired(&draft, former)?], false).await?,
            None => self.control_plane.plan_removal(Kind::Policy, draft.policy.as_str()).await?.unwrap_or_default(),
        };
        if !matches!(plan.steps.as_slice(), [step] if step.expected == Some(revision)) {
            return Err(LifeCycleError::NotInForce);
        }
        draft.state = State::RolledBack { at: now, by: writer(&actor) };
        self.execute(&plan, &POLICY_ROLLED_BACK, (&draft, revision), actor).await?;
        Ok(draft)
    }

    /// Whether the policy asks for approval: as it is in force, or as the draft writes it.
    pub(crate) fn needs_approval(&self, draft: &Draft) -> bool {
        let (world, file) = (self.control_plane.world(), draft.policy.as_str());
        let alone = || Policies::load(&[policy_text(draft)], world.facts().interner());
        // A text that cannot be read is not published; until then, it needs what the one in force needs.
        world.policies().need_approval(file) || alone().is_ok_and(|alone| alone.need_approval(file))
    }

    /// What publishing would do.
    pub(crate) async fn plan(&self, draft: &Draft) -> Result<Plan, LifeCycleError> {
        Ok(self.control_plane.plan(&[desired(draft, &draft.text)?], false).await?)
    }

    /// The policies in force with the draft in the place of its file, as they would be loaded.
    pub(crate) async fn with_draft(&self, world: &World, draft: &Draft) -> Result<Arc<Policies>, LifeCycleError> {
        let stored = self.control_plane.store.list_all(Kind::Policy).await?;
        let others = stored.into_iter().filter(|document| document.id != draft.policy.as_str());
        let others = others.filter_map(|document| Some(PolicyText { text: text_of(&document)?, name: document.id }));
        let mut texts: Vec<PolicyText> = others.chain([policy_text(draft)]).collect();
        texts.sort_by(|one, other| one.name.cmp(&other.name));
        let loaded = Policies::load_after(world.policies(), &texts, world.facts().interner());
        let said = |problems: Vec<sekisho_policy_language::PolicyProblem>| {
            LifeCycleError::Refused(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        };
        loaded.map(Arc::new).map_err(said)
    }

    /// The revision and the text of a policy file.
    pub(crate) async fn present(&self, policy: &str) -> Result<Option<(u64, String)>, LifeCycleError> {
        let document = self.control_plane.store.get(Kind::Policy, policy).await?;
        Ok(document.and_then(|document| Some((document.revision, text_of(&document)?))))
    }

    pub(crate) fn changes(&self) -> Changes {
        Changes::new(self.control_plane.store.clone(), self.control_plane.ledger.clone())
    }

    async fn open(&self, id: &str) -> Result<Stored, LifeCycleError> {
        let stored = self.get(id).await?;
        if stored.draft.is_open() { Ok(stored) } else { Err(LifeCycleError::Closed) }
    }

    async fn keep(
        &self,
        Stored { revision, draft }: Stored,
        act: &ActSpec,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Draft, LifeCycleError> {
        let change = self.changes().begin(actor, act.code, target(&draft)).detail(said(&draft));
        let change = change.put(Kind::PolicyDraft, draft.id.as_str(), Expected::Revision(revision), body(&draft)?);
        change.commit(now).await?;
        Ok(draft)
    }

    async fn execute(
        &self,
        plan: &Plan,
        act: &ActSpec,
        (draft, revision): (&Draft, u64),
        actor: Actor,
    ) -> Result<(), LifeCycleError> {
        let (kind, id, expected) = (Kind::PolicyDraft, draft.id.to_string(), Expected::Revision(revision));
        let write = Write::Put { kind, id, expected, body: body(draft)? };
        let reviewed = Reviewed { act: *act, detail: said(draft), write };
        self.control_plane.execute_reviewed(plan, actor, reviewed).await?;
        Ok(())
    }
}

/// Who acts, as drafts name them: the person behind a session or a token, or the operator.
fn writer(actor: &Actor) -> String {
    actor.user().map_or_else(|| actor.to_string(), str::to_owned)
}

fn refuse_long(text: &str) -> Result<(), LifeCycleError> {
    if text.len() <= LONGEST {
        return Ok(());
    }
    Err(LifeCycleError::Wrong(format!("a policy file has at most {LONGEST} bytes: write two")))
}

fn stored(document: Document) -> Option<Stored> {
    Some(Stored { revision: document.revision, draft: serde_json::from_value(document.body).ok()? })
}

fn text_of(document: &Document) -> Option<String> {
    serde_json::from_value::<PolicyFile>(document.body.clone()).ok().map(|file| file.text)
}

fn policy_text(draft: &Draft) -> PolicyText {
    PolicyText { name: draft.policy.to_string(), text: draft.text.clone() }
}

fn desired(draft: &Draft, text: &str) -> Result<Desired, LifeCycleError> {
    let body = serde_json::to_value(PolicyFile { text: text.to_owned() });
    let body = body.map_err(|error| LifeCycleError::Failed(error.to_string()))?;
    Ok(Desired { kind: Kind::Policy, id: draft.policy.to_string(), body, origin: draft.policy.to_string() })
}

fn target(draft: &Draft) -> String {
    format!("{}/{}", Kind::PolicyDraft, draft.id)
}

fn body(draft: &Draft) -> Result<Value, LifeCycleError> {
    serde_json::to_value(draft).map_err(|error| LifeCycleError::Failed(error.to_string()))
}

/// What the record says of a draft besides: never its text.
fn said(draft: &Draft) -> Value {
    json!({ "draft": draft.id, "policy": draft.policy, "state": draft.state.name(), "base": draft.base, "digest": draft.digest(),
        "approved_by": draft.approved().map(|approval| &approval.by) })
}
