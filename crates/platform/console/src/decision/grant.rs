//! A grant for an hour, offered beside a denial to those who may write one. The form leads to the page that confirms a document with what
//! it would do, and is taken back there.

use sekisho_control_plane::acts::table;
use sekisho_model::documents::{Grant, Kind};
use sekisho_model::{DecisionRecord, GrantId, Outcome, Span};
use sekisho_policy_engine::Explanation;
use sekisho_web::access;

use crate::membership::is_changed_here;
use crate::names::person;
use crate::{Context, say_all};

/// What the form sends: a document that is not written yet.
pub(crate) struct GrantForm {
    pub(crate) action: String,
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) text: String,
    /// What is said instead of the form where no policy about the request asks for a grant: it would permit nothing by itself.
    pub(crate) is_useless: Option<String>,
}

pub(crate) fn of(context: &Context, decision: &DecisionRecord, policies: &Explanation) -> Option<GrantForm> {
    let may_make = is_changed_here(context) && access::may(context, &table::putting(Kind::Grant), None);
    if decision.outcome == Outcome::Permit || !may_make {
        return None;
    }
    let user: sekisho_model::UserId = decision.subject.as_deref()?.parse().ok()?;
    context.world.user(user.as_str())?;
    let resource: sekisho_model::ResourceId = decision.resource.as_deref()?.parse().ok()?;
    let name = access::resource(context, resource.as_str())?.name.in_language(context.language).to_owned();
    let reads = |text: &String| text.contains("context.grant") || text.contains("context has grant");
    let mut texts = policies.policies.iter().flat_map(|policy| &policy.conditions).map(|condition| &condition.text);
    let is_read =
        texts.any(reads) || decision.remedies.iter().any(|remedy| remedy.split('+').any(|step| step == "grant"));
    let id: GrantId = format!("for-{}", decision.request.as_str().to_ascii_lowercase()).parse().ok()?;
    let text = say_all(context, "grant-offer", &[("user", person(context, user.as_str())), ("resource", name.clone())]);
    let reason = say_all(context, "grant-reason", &[("request", decision.request.to_string())]);
    let grant = Grant { id, user, resource, until: context.now.plus(Span::from_minutes(60)), reason };
    Some(GrantForm {
        action: format!("/console/documents/{}/plan", Kind::Grant),
        body: serde_json::to_string(&grant).ok()?,
        id: grant.id.to_string(),
        text,
        is_useless: (!is_read).then(|| say_all(context, "grant-not-read", &[("resource", name)])),
    })
}
