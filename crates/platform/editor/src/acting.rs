//! Who acts, on documents of which kind, and whether they may.

use http::{Method, StatusCode};
use sekisho_capability::ActSpec;
use sekisho_control_plane::acts::table;
use sekisho_model::documents::Kind;
use sekisho_model::{Actor, Language, Text, UserId};
use sekisho_policy_engine::Verdict;
use sekisho_store::Document;
use sekisho_web::{Access, Problem, access};

use crate::Context;
use crate::fields;

/// The administrator of this request, as the ledger names them.
pub(crate) fn actor(context: &Context) -> Result<Actor, Problem> {
    Ok(Actor::User(context.person()?.id.to_string()))
}

/// The kind with that name, which people change with forms.
pub(crate) fn kind(name: &str) -> Result<Kind, Problem> {
    Kind::from_name(name).filter(|kind| kind.is_applied() && fields::fields(*kind).is_some()).ok_or(Problem::NotFound)
}

/// Decides an act beside the one of the route, and records the decision.
///
/// # Errors
/// [`Problem::Refused`] when the person may not do it.
pub(crate) async fn demand(context: &Context, act: &ActSpec, about: Option<&UserId>) -> Result<(), Problem> {
    let decision = access::enter_act(context, context.person()?, act, about, &Method::POST).await?;
    match decision.outcome() {
        Verdict::Permit(_) => Ok(()),
        _ => Err(Problem::refused(StatusCode::FORBIDDEN, text(context, "problem-not-permitted"))),
    }
}

/// Looking at documents of a kind.
pub(crate) const READ: Access = Access::OfKind(&[table::reading]);
/// Proposing a change of documents of a kind: planning it, or writing it. Approvers write what they do not plan.
pub(crate) const PROPOSE: Access = Access::OfKind(&[table::planning, table::putting]);

/// Whether somebody may propose a change of documents of a kind: plan it, or write it.
pub(crate) fn may_propose(context: &Context, kind: Kind) -> bool {
    access::may(context, &table::planning(kind), None) || access::may(context, &table::putting(kind), None)
}

/// Decides whether somebody may propose a change, and records the decision.
///
/// # Errors
/// As [`demand`].
pub(crate) async fn propose(context: &Context, kind: Kind) -> Result<(), Problem> {
    let plans = access::may(context, &table::planning(kind), None);
    let act = if plans { table::planning(kind) } else { table::putting(kind) };
    demand(context, &act, None).await
}

/// A text of these pages, in both languages.
pub(crate) fn text(context: &Context, key: &str) -> Text {
    let texts = &context.site.contents.texts;
    Text::new(&texts.say(Language::English, key), &texts.say(Language::Japanese, key))
}

/// A document as it is now.
pub(crate) async fn current(context: &Context, kind: Kind, id: &str) -> Result<Option<Document>, Problem> {
    // What a database rejects as a failure of its own is not there.
    if id.is_empty() || id.chars().any(char::is_control) {
        return Ok(None);
    }
    Ok(context.services.control_plane.store.get(kind, id).await?)
}
