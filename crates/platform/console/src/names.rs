//! The names that people know: of people, groups and resources by their identifiers, and the other way about.

use sekisho_find::{Count, From, Order, Typed};
use sekisho_model::facts::EntityType;
use sekisho_web::access;
use sekisho_web::address::encode;

use crate::Context;

/// The name of a person, or the account of somebody who is no longer there.
pub(crate) fn person(context: &Context, id: &str) -> String {
    context.world.user(id).map_or_else(|| id.to_owned(), |user| context.world.display_name(user).to_string())
}

/// Where to read about the subject of a record: the page of a person, or the decisions about a workload.
pub(crate) fn page_of(subject: &str) -> String {
    let list = if subject.starts_with("workload:") { "/console/decisions?user=" } else { "/console/users/" };
    format!("{list}{}", encode(subject))
}

/// The name of a group, or its identifier where it has none.
pub(crate) fn group(context: &Context, id: &str) -> String {
    let group = context.world.facts().find(EntityType::Group, id);
    let name = group.map(|group| context.world.display_name(group).to_string());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| id.to_owned())
}

/// The name of a resource, or the identifier of one that is no longer there.
pub(crate) fn resource(context: &Context, id: &str) -> String {
    let resource = access::resource(context, id);
    resource.map_or_else(|| id.to_owned(), |one| one.name.in_language(context.language).to_owned())
}

/// The identifier of the one entity of a type that is meant: typed whole, or the only one whose name begins so.
pub(crate) async fn meant(context: &Context, kind: EntityType, typed: &str) -> Option<String> {
    if context.world.facts().find(kind, typed).is_some() {
        return Some(typed.to_owned());
    }
    let index = context.services.finder.index().await;
    let found = index.find(kind, Some(&Typed::new(typed)?), Order::Id).page(From::Start, 2, None);
    match (found.handles.as_slice(), found.count) {
        ([one], Count::Exactly(1)) => Some(index.world().id(*one).to_string()),
        _ => None,
    }
}

/// What a list is narrowed by: the identifier that is meant, or what was typed, which then fits nothing.
pub(crate) async fn narrowed_to(context: &Context, kind: EntityType, typed: Option<&str>) -> Option<String> {
    let typed = typed?;
    Some(meant(context, kind, typed).await.unwrap_or_else(|| typed.to_owned()))
}
