//! The routes of the REST API: drafts, what each would do, and the steps of their life cycle.

use axum::extract::Path;
use sekisho_control_plane::acts::table::{
    POLICY_DRAFT_APPROVED, POLICY_DRAFT_PUT, POLICY_DRAFTS_READ, POLICY_PUBLISHED, POLICY_ROLLED_BACK,
};
use sekisho_control_plane::{ControlPlane, Impact};
use sekisho_model::{Outcome, Timestamp};
use sekisho_rest::{Access, Answer, Api, Body, Call, Page, Problem, Routes, route};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::draft::{Draft, State};
use crate::failure::LifeCycleError;
use crate::life_cycle::{LifeCycle, Stored, Written};
use crate::lints::Lint;
use crate::report::{Difference, Report};
use crate::table::TableRow;

type Context = Call<LifeCycle>;

/// The routes, each with who may use it.
#[must_use]
pub const fn api<S: AsRef<ControlPlane>>() -> Api<S> {
    Api {
        name: "policy-life-cycle",
        routes: |state| {
            Routes::new()
                .add(Access::Act(POLICY_DRAFTS_READ), route!(list))
                .add(Access::Act(POLICY_DRAFT_PUT), route!(begin))
                .add(Access::Act(POLICY_DRAFTS_READ), route!(show))
                .add(Access::Act(POLICY_DRAFT_PUT), route!(write))
                .add(Access::Act(POLICY_DRAFT_PUT), route!(start))
                .add(Access::Act(POLICY_DRAFT_PUT), route!(stop))
                .add(Access::Act(POLICY_DRAFT_PUT), route!(withdraw))
                .add(Access::Act(POLICY_DRAFT_APPROVED), route!(approve))
                .add(Access::Act(POLICY_PUBLISHED), route!(publish))
                .add(Access::Act(POLICY_ROLLED_BACK), route!(roll_back))
                .with(LifeCycle::new(state.as_ref().clone()))
        },
    }
}

/// A draft of a policy.
#[derive(Debug, Serialize, ToSchema)]
struct DraftView {
    /// Its identifier.
    draft: String,
    /// The policy file that it replaces.
    policy: String,
    /// `draft`, `report-only`, `published`, `rolled-back` or `withdrawn`.
    state: &'static str,
    /// Who began it.
    author: String,
    /// When it was begun.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Everybody who wrote on it: none of them approves it.
    writers: Vec<String>,
    /// The revision of the policy that it was made from; null for a new policy.
    base: Option<u64>,
    /// What names exactly this text: an approval is about it.
    digest: String,
    /// Who approved exactly this text; null where nobody did.
    approved_by: Option<String>,
    /// Who published it, rolled it back or withdrew it.
    by: Option<String>,
}

/// A draft with what it would do.
#[derive(Debug, Serialize, ToSchema)]
struct WholeDraft {
    /// The draft.
    #[serde(flatten)]
    draft: DraftView,
    /// Its revision.
    revision: u64,
    /// Its text.
    text: String,
    /// Whether another person approves it before it is published.
    needs_approval: bool,
    /// Whether the policy is as it was when the draft was made from it.
    current: bool,
    /// The revision of the policy now; 0 where there is none.
    policy_revision: u64,
    /// What is probably not meant, and why it would be refused.
    lints: Vec<Lint>,
    /// Who gains, who loses, how many sessions are cut; null where it would be refused.
    #[schema(value_type = Option<Object>)]
    people: Option<Impact>,
    /// Who may do what with what, now and then.
    table: Vec<TableRow>,
    /// What it would have decided otherwise in report-only.
    report: ReportView,
}

/// What a draft would have decided otherwise.
#[derive(Debug, Serialize, ToSchema)]
struct ReportView {
    /// How many decisions were compared.
    compared: u64,
    /// How many were not: their session was over, or there were too many at once.
    passed_over: u64,
    /// How often the answer would have been another one.
    differences: u64,
    /// Each difference.
    rows: Vec<DifferenceView>,
}

/// Somebody would have got another answer.
#[derive(Debug, Serialize, ToSchema)]
struct DifferenceView {
    /// Who asked.
    user: String,
    /// For what.
    resource: String,
    /// What was to be done with it.
    action: String,
    /// What was answered.
    #[schema(value_type = String)]
    now: Outcome,
    /// What the draft would have answered.
    #[schema(value_type = String)]
    then: Outcome,
    /// How often.
    count: u64,
    /// The last time.
    #[schema(value_type = String, format = DateTime)]
    last: Timestamp,
    /// The number of the last request.
    request: String,
}

/// A draft to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BeginWanted {
    /// Its identifier.
    #[schema(max_length = 256)]
    draft: String,
    /// The policy file, without `.cedar`. It need not be there.
    #[schema(max_length = 256)]
    policy: String,
    /// The text; without it, the present one of the policy file.
    #[schema(max_length = 262144)]
    text: Option<String>,
}

/// A text to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TextWanted {
    /// The text.
    #[schema(max_length = 262144)]
    text: String,
    /// The revision of the draft that was seen.
    revision: Option<u64>,
    /// The revision of the policy that was seen, 0 for none: the draft is made from that one now.
    policy_revision: Option<u64>,
}

/// What is approved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApprovalWanted {
    /// The digest of the draft that was looked at.
    #[schema(max_length = 64)]
    digest: String,
}

/// List the drafts of policies, the newest first.
#[utoipa::path(get, path = "/policy-drafts", tag = "policies", responses((status = 200, body = Page<DraftView>)))]
async fn list(call: Context) -> Result<Answer<Page<DraftView>>, Problem> {
    let all = call.services.all().await.map_err(problem)?;
    Ok(Answer::ok(Page { items: all.into_iter().map(|stored| view(&stored.draft)).collect(), next: None }))
}

/// Begin a draft of a policy.
#[utoipa::path(post, path = "/policy-drafts", tag = "policies", request_body = BeginWanted,
    responses((status = 200, body = DraftView)))]
async fn begin(call: Context, Body(wanted): Body<BeginWanted>) -> Result<Answer<DraftView>, Problem> {
    let named = (wanted.draft.as_str(), wanted.policy.as_str());
    let begun = call.services.begin(named, wanted.text, call.actor()?, call.now).await;
    answered(begun)
}

/// Show a draft, what it would do, and what it would have decided otherwise in report-only.
#[utoipa::path(get, path = "/policy-drafts/{draft}", tag = "policies",
    params(("draft" = String, Path, description = "The draft")), responses((status = 200, body = WholeDraft)))]
async fn show(call: Context, Path(id): Path<String>) -> Result<Answer<WholeDraft>, Problem> {
    let Stored { revision, draft } = call.services.get(&id).await.map_err(problem)?;
    let review = call.services.review(&draft).await.map_err(problem)?;
    let report = call.services.report(&draft).await.map_err(problem)?;
    Ok(Answer::ok(WholeDraft {
        draft: view(&draft),
        revision,
        text: draft.text,
        needs_approval: review.needs_approval,
        current: review.is_current,
        policy_revision: review.present,
        lints: review.lints,
        people: review.impact,
        table: review.table,
        report: report_view(report),
    }))
}

/// Write the text of a draft. What was approved before does not count for the new text.
#[utoipa::path(post, path = "/policy-drafts/{draft}/text", tag = "policies", request_body = TextWanted,
    params(("draft" = String, Path, description = "The draft")), responses((status = 200, body = DraftView)))]
async fn write(
    call: Context,
    Path(id): Path<String>,
    Body(wanted): Body<TextWanted>,
) -> Result<Answer<DraftView>, Problem> {
    let written = Written { text: wanted.text, seen: wanted.revision, base: wanted.policy_revision };
    answered(call.services.write(&id, written, call.actor()?, call.now).await)
}

/// Let a draft run beside the set in report-only: it changes no answer.
#[utoipa::path(post, path = "/policy-drafts/{draft}/report-only", tag = "policies",
    params(("draft" = String, Path, description = "The draft")), responses((status = 200, body = DraftView)))]
async fn start(call: Context, Path(id): Path<String>) -> Result<Answer<DraftView>, Problem> {
    answered(call.services.start(&id, call.actor()?, call.now).await)
}

/// End the report-only of a draft.
#[utoipa::path(post, path = "/policy-drafts/{draft}/stop", tag = "policies",
    params(("draft" = String, Path, description = "The draft")), responses((status = 200, body = DraftView)))]
async fn stop(call: Context, Path(id): Path<String>) -> Result<Answer<DraftView>, Problem> {
    answered(call.services.stop(&id, call.actor()?, call.now).await)
}

/// Give a draft up.
#[utoipa::path(post, path = "/policy-drafts/{draft}/withdraw", tag = "policies",
    params(("draft" = String, Path, description = "The draft")), responses((status = 200, body = DraftView)))]
async fn withdraw(call: Context, Path(id): Path<String>) -> Result<Answer<DraftView>, Problem> {
    answered(call.services.withdraw(&id, call.actor()?, call.now).await)
}

/// Approve exactly the text of a draft that was looked at. Who wrote on it cannot.
#[utoipa::path(post, path = "/policy-drafts/{draft}/approve", tag = "policies", request_body = ApprovalWanted,
    params(("draft" = String, Path, description = "The draft")), responses((status = 200, body = DraftView)))]
async fn approve(
    call: Context,
    Path(id): Path<String>,
    Body(wanted): Body<ApprovalWanted>,
) -> Result<Answer<DraftView>, Problem> {
    answered(call.services.approve(&id, &wanted.digest, call.actor()?, call.now).await)
}

/// Put a draft into force in the place of the policy that it was made from.
#[utoipa::path(post, path = "/policy-drafts/{draft}/publish", tag = "policies",
    params(("draft" = String, Path, description = "The draft")), responses((status = 200, body = DraftView)))]
async fn publish(call: Context, Path(id): Path<String>) -> Result<Answer<DraftView>, Problem> {
    answered(call.services.publish(&id, call.actor()?, call.now).await)
}

/// Put the policy back as it was before the draft was published.
#[utoipa::path(post, path = "/policy-drafts/{draft}/roll-back", tag = "policies",
    params(("draft" = String, Path, description = "The draft")), responses((status = 200, body = DraftView)))]
async fn roll_back(call: Context, Path(id): Path<String>) -> Result<Answer<DraftView>, Problem> {
    answered(call.services.roll_back(&id, call.actor()?, call.now).await)
}

fn answered(done: Result<Draft, LifeCycleError>) -> Result<Answer<DraftView>, Problem> {
    done.map(|draft| Answer::ok(view(&draft))).map_err(problem)
}

fn view(draft: &Draft) -> DraftView {
    let by = match &draft.state {
        State::Published { by, .. } | State::RolledBack { by, .. } | State::Withdrawn { by, .. } => Some(by.clone()),
        State::Draft | State::ReportOnly { .. } => None,
    };
    DraftView {
        draft: draft.id.to_string(),
        policy: draft.policy.to_string(),
        state: draft.state.name(),
        author: draft.author.clone(),
        at: draft.at,
        writers: draft.writers.clone(),
        base: draft.base,
        digest: draft.digest(),
        approved_by: draft.approved().map(|approval| approval.by.clone()),
        by,
    }
}

fn report_view(report: Report) -> ReportView {
    let differences = report.differences();
    let rows = report.rows.into_iter().map(|row: Difference| DifferenceView {
        user: row.subject,
        resource: row.resource,
        action: row.action,
        now: row.now,
        then: row.then,
        count: row.count,
        last: row.last,
        request: row.request,
    });
    ReportView { compared: report.compared, passed_over: report.passed_over, differences, rows: rows.collect() }
}

fn problem(error: LifeCycleError) -> Problem {
    match error {
        LifeCycleError::Failed(error) => Problem::failed(error),
        other => Problem::new(other.status(), other.code(), other),
    }
}
