//! The scope of a policy: whom, what for and what on it speaks about. What the index selects by.

use cedar_policy::pst::{ActionConstraint, EntityOrSlot, EntityUID, PrincipalConstraint, ResourceConstraint};
use sekisho_model::facts::{EntityType, Handle, Interner};
use sekisho_model::{Action, is_shown};

use crate::refusal::Refusal;

/// One side of a scope: principal or resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Anybody, anything.
    Any,
    /// `is`
    Is(EntityType),
    /// `==`
    Equal(Handle),
    /// `in`: the entity itself or one that is in it.
    In(Handle),
    /// `is … in …`
    IsIn(EntityType, Handle),
}

impl Side {
    /// Whether an entity with those ancestors is in scope.
    #[inline]
    #[must_use]
    pub fn admits(self, entity: Handle, ancestors: &[Handle]) -> bool {
        // Ancestors are few. To compare all of them takes less time than to foresee wrongly where the one is.
        let within = |group: Handle| entity == group || ancestors.binary_search(&group).is_ok();
        match self {
            Self::Any => true,
            Self::Is(kind) => entity.kind() == kind,
            Self::Equal(handle) => entity == handle,
            Self::In(group) => within(group),
            Self::IsIn(kind, group) => entity.kind() == kind && within(group),
        }
    }
}

/// A set of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actions(u8);

impl Actions {
    pub(crate) const ALL: Self = Self(0b11_1111);

    /// Whether an action is in the set.
    #[must_use]
    pub const fn contains(self, action: Action) -> bool {
        self.0 & (1 << action as u8) != 0
    }
}

/// The scope of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Who asks.
    pub principal: Side,
    /// What is asked.
    pub actions: Actions,
    /// For what.
    pub resource: Side,
}

/// Lowers the three constraints of a policy.
pub(crate) fn lower(
    principal: &PrincipalConstraint,
    action: &ActionConstraint,
    resource: &ResourceConstraint,
    interner: &Interner,
) -> Result<Scope, Refusal> {
    let named = |entity: &EntityOrSlot| match entity {
        EntityOrSlot::Entity(uid) => handle(uid, interner),
        EntityOrSlot::Slot(_) => Err(Refusal::new("a template is not a policy", "name the entity instead of the slot")),
    };
    Ok(Scope {
        principal: match principal {
            PrincipalConstraint::Any => Side::Any,
            PrincipalConstraint::Is(kind) => Side::Is(entity_type(&kind.0.to_string())?),
            PrincipalConstraint::Eq(entity) => Side::Equal(named(entity)?),
            PrincipalConstraint::In(entity) => Side::In(named(entity)?),
            PrincipalConstraint::IsIn(kind, entity) => Side::IsIn(entity_type(&kind.0.to_string())?, named(entity)?),
        },
        actions: match action {
            ActionConstraint::Any => Actions::ALL,
            ActionConstraint::Eq(uid) => actions_equal(uid)?,
            ActionConstraint::In(uids) => {
                Actions(uids.iter().map(actions_in).collect::<Result<Vec<_>, _>>()?.iter().fold(0, |a, b| a | b.0))
            }
        },
        resource: match resource {
            ResourceConstraint::Any => Side::Any,
            ResourceConstraint::Is(kind) => Side::Is(entity_type(&kind.0.to_string())?),
            ResourceConstraint::Eq(entity) => Side::Equal(named(entity)?),
            ResourceConstraint::In(entity) => Side::In(named(entity)?),
            ResourceConstraint::IsIn(kind, entity) => Side::IsIn(entity_type(&kind.0.to_string())?, named(entity)?),
        },
    })
}

/// Names every action and the group `use`, so that `action` always has a handle.
pub(crate) fn name_actions(interner: &Interner) -> Result<(), Refusal> {
    let names = Action::ALL.into_iter().map(Action::name).chain(["use"]);
    for name in names {
        interner.intern(EntityType::Action, name).map_err(|_| Refusal::too_large())?;
    }
    Ok(())
}

/// The handle of an entity that a policy names.
pub(crate) fn handle(uid: &EntityUID, interner: &Interner) -> Result<Handle, Refusal> {
    let kind = entity_type(&uid.ty.0.to_string())?;
    if let Some(c) = uid.eid.chars().find(|c| !is_shown(*c)) {
        let message = format!("the name `{}` holds {}, and no name does", uid.eid.escape_debug(), c.escape_unicode());
        return Err(Refusal::new(message, "write the name as the documents have it"));
    }
    interner.intern(kind, &uid.eid).map_err(|_| Refusal::too_large())
}

/// The type with that name.
pub(crate) fn entity_type(name: &str) -> Result<EntityType, Refusal> {
    EntityType::from_name(name).ok_or_else(|| {
        Refusal::new(
            format!("`{name}` is no entity type"),
            "write one of the schema's types, for example `Sekisho::User`",
        )
    })
}

fn action_of(uid: &EntityUID) -> Option<Action> {
    Action::ALL.into_iter().find(|action| action.name() == uid.eid.as_str())
}

fn actions_equal(uid: &EntityUID) -> Result<Actions, Refusal> {
    if uid.eid.as_str() == "use" {
        let fix = "write `action in [Sekisho::Action::\"use\"]`";
        return Err(Refusal::new("`use` is a group of actions: nothing is ever equal to it", fix));
    }
    actions_in(uid)
}

fn actions_in(uid: &EntityUID) -> Result<Actions, Refusal> {
    let bits = |actions: &mut dyn Iterator<Item = Action>| Actions(actions.fold(0, |bits, a| bits | 1 << a as u8));
    if uid.eid.as_str() == "use" {
        return Ok(bits(&mut Action::ALL.into_iter().filter(|action| action.is_use())));
    }
    action_of(uid).map(|action| bits(&mut std::iter::once(action))).ok_or_else(|| {
        Refusal::new(format!("`{uid}` is no action"), "write connect, read, write, delete, administer, approve or use")
    })
}
