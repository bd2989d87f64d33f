//! A grant for an hour, offered beside a denial to those who may write one. The form leads to the page that confirms a document with what
//! it would do, and is taken back there.

use sekisho_control_plane::acts::table;
use sekisho_model::documents::{Grant, Kind};
use sekisho_model::{DecisionRecord, GrantId, Outcome, Span};
use sekisho_policy_engine::Explanation;
use sekisho_web::access;

use crate::{Context, say_all};

/// The place whose pages make documents; without it there is no form.
const MAKING: &str = "/console/documents";

/// What the form sends: a document that is not written yet.
pub(crate) struct GrantForm {
    pub(crate) action: String,
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) text: String,
    /// Whether a policy about the request asks for a grant. A grant permits nothing by itself.
    pub(crate) is_read: bool,
}

pub(crate) fn of(context: &Context, decision: &DecisionRecord, policies: &Explanation) -> Option<GrantForm> {
    let is_made_here = context.site.contents.places.iter().any(|place| place.path == MAKING);
    if decision.outcome == Outcome::Permit || !is_made_here || !access::may(context, &table::putting(Kind::Grant), None)
    {
        return None;
    }
    let user: sekisho_model::UserId = decision.subject.as_deref()?.parse().ok()?;
    context.world.user(user.as_str())?;
    let resource: sekisho_model::ResourceId = decision.resource.as_deref()?.parse().ok()?;
    access::resource(context, resource.as_str())?;
    let reads = |text: &String| text.contains("context.grant") || text.contains("context has grant");
    let mut texts = policies.policies.iter().flat_map(|policy| &policy.conditions).map(|condition| &condition.text);
    let is_read =
        texts.any(reads) || decision.remedies.iter().any(|remedy| remedy.split('+').any(|step| step == "grant"));
    let id: GrantId = format!("for-{}", decision.request.as_str().to_ascii_lowercase()).parse().ok()?;
    let text = say_all(context, "grant-offer", &[("user", user.to_string()), ("resource", resource.to_string())]);
    let reason = say_all(context, "grant-reason", &[("request", decision.request.to_string())]);
    let grant = Grant { id, user, resource, until: context.now.plus(Span::from_minutes(60)), reason };
    Some(GrantForm {
        action: format!("{MAKING}/{}/plan", Kind::Grant),
        body: serde_json::to_string(&grant).ok()?,
        id: grant.id.to_string(),
        text,
        is_read,
    })
}
