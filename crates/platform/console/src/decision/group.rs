//! The group that somebody would have to be in, offered beside a denial to those who may change the account.

use sekisho_model::DecisionRecord;
use sekisho_model::documents::Kind;
use sekisho_policy_engine::Explanation;

use crate::decision::sentence::{beside_the_group, missing_group};
use crate::membership::may_change;
use crate::names::person;
use crate::{Context, say_all};

/// What the form sends, and the text of its button.
pub(crate) struct GroupOffer {
    pub(crate) user: String,
    pub(crate) group: String,
    pub(crate) text: String,
    /// What else has to hold before the group lets the person in.
    pub(crate) also: Vec<String>,
}

pub(crate) fn of(context: &Context, decision: &DecisionRecord, policies: &Explanation) -> Option<GroupOffer> {
    let user = decision.subject.clone()?;
    context.world.user(&user)?;
    let group = missing_group(decision, policies).filter(|_| may_change(context, Kind::User))?;
    let text = say_all(context, "add-to-group", &[("user", person(context, &user)), ("group", group.clone())]);
    Some(GroupOffer { user, group, text, also: beside_the_group(policies) })
}
