//! Who may do what with what: the policies of one file as a table, before a draft and after it.

use std::collections::BTreeMap;

use sekisho_model::Action;
use sekisho_model::facts::EntityType;
use sekisho_policy_information::World;
use sekisho_policy_language::{Effect, Policies, Side};
use serde::Serialize;
use utoipa::ToSchema;

/// The most rows.
const MOST: usize = 200;
/// The columns, in their order.
pub(crate) const ACTIONS: [Action; 6] = Action::ALL;

/// What the policies say of one subject and one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TableRow {
    /// `everybody`, `group/…`, `user/…` or `workload/…`.
    pub who: String,
    /// `everything`, `resource/…` or `category/…`.
    pub what: String,
    /// For each action: connect, read, write, delete, administer, approve.
    pub cells: Vec<Cell>,
}

/// What is said of one action.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Cell {
    /// With the draft: `permit`, `permit-if`, `forbid`, `forbid-if`. Empty where nothing is said.
    pub then: Vec<&'static str>,
    /// In force now.
    pub now: Vec<&'static str>,
}

impl Cell {
    /// Whether the draft changes it.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.then != self.now
    }
}

/// The table of one file.
pub(crate) fn rows(world: &World, now: &Policies, then: &Policies, file: &str) -> Vec<TableRow> {
    let mut found: BTreeMap<(String, String), Vec<Cell>> = BTreeMap::new();
    for (policies, is_draft) in [(now, false), (then, true)] {
        let own = policies.metas().iter().zip(policies.compiled());
        for (_, policy) in own.filter(|(meta, _)| meta.file == file && !meta.report_only) {
            let is_always = policies.program().terms(policy.condition).is_empty();
            let word = match (policy.effect, is_always) {
                (Effect::Permit, true) => "permit",
                (Effect::Permit, false) => "permit-if",
                (Effect::Forbid, true) => "forbid",
                (Effect::Forbid, false) => "forbid-if",
            };
            let key =
                (side(world, policy.scope.principal, "everybody"), side(world, policy.scope.resource, "everything"));
            let cells = found.entry(key).or_insert_with(|| vec![Cell::default(); ACTIONS.len()]);
            let concerned = ACTIONS.into_iter().zip(cells).filter(|(action, _)| policy.scope.actions.contains(*action));
            for (_, cell) in concerned {
                let words = if is_draft { &mut cell.then } else { &mut cell.now };
                if !words.contains(&word) {
                    words.push(word);
                    words.sort_unstable();
                }
            }
        }
    }
    found.into_iter().take(MOST).map(|((who, what), cells)| TableRow { who, what, cells }).collect()
}

/// One side of a scope in words that a person reads.
fn side(world: &World, side: Side, all: &str) -> String {
    match side {
        Side::Any | Side::Is(_) => all.to_owned(),
        Side::Equal(handle) | Side::In(handle) | Side::IsIn(_, handle) => {
            let kind = match handle.kind() {
                EntityType::Group => "group",
                EntityType::User => "user",
                EntityType::Workload => "workload",
                EntityType::Resource => "resource",
                _ => "category",
            };
            format!("{kind}/{}", world.id(handle))
        }
    }
}
