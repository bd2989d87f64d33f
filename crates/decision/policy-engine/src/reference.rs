//! The same question in the terms of the `cedar-policy` crate, on the slice of facts that its policies can read.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity as Peer, EntityId, EntityTypeName, EntityUid, Policy, PolicySet,
    Request, RestrictedExpression,
};
use sekisho_model::facts::{ContextSlot, EntityType, Fact, Handle, Slot};
use sekisho_model::{Action, PolicyId};

use crate::evaluate::Question;
use crate::value::Value;

/// What the reference authoriser says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    /// Whether it allows. It skips policies that fail to evaluate.
    pub allows: bool,
    /// The satisfied forbids, or else the satisfied permits.
    pub determining: BTreeSet<PolicyId>,
    /// The policies that failed to evaluate.
    pub errors: BTreeSet<PolicyId>,
}

/// Asks the reference authoriser.
pub(crate) fn ask(set: &PolicySet, request: &Request, entities: &Entities) -> Option<Reply> {
    let response = Authorizer::new().is_authorized(request, set, entities);
    let id = |id: &cedar_policy::PolicyId| AsRef::<str>::as_ref(id).parse::<PolicyId>().ok();
    let errors = response.diagnostics().errors().map(|error| match error {
        cedar_policy::AuthorizationError::PolicyEvaluationError(error) => id(error.policy_id()),
    });
    Some(Reply {
        allows: response.decision() == Decision::Allow,
        determining: response.diagnostics().reason().map(id).collect::<Option<_>>()?,
        errors: errors.collect::<Option<_>>()?,
    })
}

/// The request with its whole context.
pub(crate) fn request(question: &Question<'_>) -> Option<Request> {
    let mut records: BTreeMap<&str, Vec<(String, RestrictedExpression)>> = BTreeMap::new();
    let mut pairs = Vec::new();
    for slot in ContextSlot::ALL {
        let Some(value) = question.situation.get(*slot) else { continue };
        let value = expression(question, value)?;
        match slot.path().split_once('.') {
            Some((record, field)) => records.entry(record).or_default().push((field.to_owned(), value)),
            None => pairs.push((slot.path().to_owned(), value)),
        }
    }
    for (name, fields) in records {
        pairs.push((name.to_owned(), RestrictedExpression::new_record(fields).ok()?));
    }
    let context = Context::from_pairs(pairs).ok()?;
    let action = action_uid(question.action.name())?;
    Request::new(uid(question, question.principal)?, action, uid(question, question.resource)?, context, None).ok()
}

/// The entities that policies can read for this question: its own, those that the policies name, and what these refer to.
pub(crate) fn slice<'p>(question: &Question<'_>, policies: impl Iterator<Item = &'p Policy>) -> Option<Entities> {
    let mut waiting = vec![question.principal, question.resource];
    waiting.extend(question.situation.device);
    for literal in policies.flat_map(Policy::entity_literals) {
        let kind = EntityType::from_name(&literal.type_name().to_string());
        waiting.extend(kind.and_then(|kind| question.facts.find(kind, AsRef::<str>::as_ref(literal.id()))));
    }
    let mut seen = BTreeSet::new();
    while let Some(handle) = waiting.pop() {
        if !seen.insert(handle) {
            continue;
        }
        let attributes = question.facts.get(handle).into_iter().flat_map(sekisho_model::facts::Entity::attributes);
        waiting.extend(attributes.filter_map(|(_, fact)| match fact {
            Fact::Entity(other) => Some(*other),
            _ => None,
        }));
    }
    entities(question, seen.into_iter())
}

/// Those of the entities that exist, and every action.
pub(crate) fn entities(question: &Question<'_>, handles: impl Iterator<Item = Handle>) -> Option<Entities> {
    let existing =
        handles.filter(|handle| handle.kind() != EntityType::Action && question.facts.get(*handle).is_some());
    let mut peers = actions()?;
    for handle in existing {
        peers.push(peer(question, handle)?);
    }
    Entities::from_entities(peers, None).ok()
}

/// One entity with its ancestors as direct parents, and without what is too old to be read.
fn peer(question: &Question<'_>, handle: Handle) -> Option<Peer> {
    let entity = question.facts.get(handle)?;
    let readable = |slot: Slot| {
        handle.kind() != EntityType::Device || !slot.is_posture() || question.reported_until(handle).is_some()
    };
    let attributes = entity.attributes().filter(|(slot, _)| readable(*slot)).map(|(slot, fact)| {
        let value = Value::of(fact).and_then(|value| expression(question, value))?;
        Some((slot.path().to_owned(), value))
    });
    let parents = entity.ancestors().iter().map(|ancestor| uid(question, *ancestor));
    let tags = entity.tags().iter().map(|(name, fact)| {
        let value = Value::of(fact).and_then(|value| expression(question, value))?;
        Some((name.to_string(), value))
    });
    let attributes: Vec<_> = attributes.collect::<Option<_>>()?;
    let parents: Vec<_> = parents.collect::<Option<_>>()?;
    let tags: Vec<_> = tags.collect::<Option<_>>()?;
    Peer::new_with_tags(uid(question, handle)?, attributes, parents, tags).ok()
}

fn actions() -> Option<Vec<Peer>> {
    let group = action_uid("use")?;
    let mut all = vec![Peer::new_with_tags(group.clone(), [], [], []).ok()?];
    for action in Action::ALL {
        let parents = action.is_use().then(|| group.clone());
        all.push(Peer::new_with_tags(action_uid(action.name())?, [], parents, []).ok()?);
    }
    Some(all)
}

fn action_uid(name: &str) -> Option<EntityUid> {
    let kind: EntityTypeName = EntityType::Action.name().parse().ok()?;
    Some(EntityUid::from_type_name_and_id(kind, EntityId::new(name)))
}

fn uid(question: &Question<'_>, handle: Handle) -> Option<EntityUid> {
    let kind: EntityTypeName = handle.kind().name().parse().ok()?;
    Some(EntityUid::from_type_name_and_id(kind, EntityId::new(question.facts.interner().name(handle).as_str())))
}

fn expression(question: &Question<'_>, value: Value<'_>) -> Option<RestrictedExpression> {
    Some(match value {
        Value::Bool(flag) => RestrictedExpression::new_bool(flag),
        Value::Long(number) => RestrictedExpression::new_long(number),
        Value::String(text) => RestrictedExpression::new_string(text.to_owned()),
        Value::Entity(handle) => RestrictedExpression::new_entity_uid(uid(question, handle)?),
        Value::Set(set) => {
            let members = set.members().iter().map(|fact| expression(question, Value::of(fact)?));
            RestrictedExpression::new_set(members.collect::<Option<Vec<_>>>()?)
        }
        Value::Ip(ip) => RestrictedExpression::new_ip(format!("{}/{}", ip.address, ip.prefix)),
        Value::Datetime(at) => format!("datetime(\"1970-01-01\").offset(duration(\"{at}ms\"))").parse().ok()?,
        Value::Duration(span) => RestrictedExpression::new_duration(format!("{span}ms")),
        // No attribute of the schema is a decimal, and only policies build sets.
        Value::Decimal(_) | Value::Built(_) => return None,
    })
}
