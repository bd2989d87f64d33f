//! What a caller calls things, and what they are here.

use sekisho_model::documents::{EnforcementPoint, ForeignName};
use sekisho_model::facts::Handle;
use sekisho_model::{Action, ResourceId};
use sekisho_policy_enforcement::Application;
use sekisho_policy_information::World;

/// The type under which everybody may name resources by their own identifier.
const RESOURCE: &str = "resource";
/// The type under which everybody may name users by their account.
pub(super) const USER: &str = "user";
/// The type of subject that is a session cookie of ours.
pub(super) const SESSION: &str = "session";

/// The assigned resource that a caller names.
pub(super) fn resource(point: &EnforcementPoint, world: &World, kind: &str, id: &str) -> Option<Application> {
    let id: ResourceId = match point.names.iter().find(|name| matches(name, kind, id)) {
        Some(ForeignName { resource: Some(resource), .. }) => resource.clone(),
        Some(_) => id.parse().ok()?,
        None if kind == RESOURCE => id.parse().ok()?,
        None => return None,
    };
    // INVARIANT I-23: a caller gets answers about what is assigned to it, and about nothing else.
    if point.may_ask_for(&id) { Application::named(world, &id) } else { None }
}

/// Every assigned resource that has a name of that type, with the name.
pub(super) fn resources(point: &EnforcementPoint, world: &World, kind: &str) -> Vec<(String, Application)> {
    let mut found = Vec::new();
    for id in &point.resources {
        let Some(application) = Application::named(world, id) else { continue };
        // What has a name of its own is not also listed under a type that stands for all the others.
        let named_apart = point.names.iter().any(|name| name.resource.as_ref() == Some(id));
        let mut names = point.names.iter().filter(|name| name.kind == kind);
        let named = names.find_map(|name| match (&name.id, &name.resource) {
            (Some(foreign), Some(resource)) if resource == id => Some(foreign.clone()),
            (None, None) if !named_apart => Some(id.to_string()),
            _ => None,
        });
        let own = (kind == RESOURCE).then(|| id.to_string());
        found.extend(named.or(own).map(|name| (name, application)));
    }
    found
}

/// The user that a caller names.
pub(super) fn user(point: &EnforcementPoint, world: &World, kind: &str, id: &str) -> Option<Handle> {
    match point.subjects.get(id) {
        Some(user) => world.user(user.as_str()),
        None if kind == USER => world.user(id),
        None => None,
    }
}

/// What a caller calls a user.
pub(super) fn name_of_user(point: &EnforcementPoint, id: &str) -> String {
    let foreign = point.subjects.iter().find(|(_, user)| user.as_str() == id);
    foreign.map_or_else(|| id.to_owned(), |(name, _)| name.clone())
}

/// The action that a caller names: its own word for it, the policies', or an HTTP method.
pub(super) fn action(point: &EnforcementPoint, name: &str) -> Option<Action> {
    let own = point.actions.get(name).copied();
    own.or_else(|| Action::ALL.into_iter().find(|action| action.name() == name))
        .or_else(|| Action::of_http_method(name))
}

/// Every name that a caller has for an action; the policies' where it has none of its own.
pub(super) fn actions(point: &EnforcementPoint) -> Vec<(String, Action)> {
    if point.actions.is_empty() {
        return Action::ALL.into_iter().map(|action| (action.name().to_owned(), action)).collect();
    }
    point.actions.iter().map(|(name, action)| (name.clone(), *action)).collect()
}

fn matches(name: &ForeignName, kind: &str, id: &str) -> bool {
    name.kind == kind && name.id.as_deref().is_none_or(|named| named == id)
}
