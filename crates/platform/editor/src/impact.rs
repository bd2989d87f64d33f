//! What a plan would do to people, as a page says it.

use sekisho_control_plane::{Impact, Plan};

use crate::Context;

/// What a plan would do to people.
#[derive(Debug, Default)]
pub(crate) struct ImpactView {
    pub(crate) gain: usize,
    pub(crate) lose: usize,
    pub(crate) sessions_cut: usize,
    pub(crate) at_least: bool,
    /// The first people who gain: account and name.
    pub(crate) gaining: Vec<(String, String)>,
    /// The first people who lose.
    pub(crate) losing: Vec<(String, String)>,
    /// What is valid and probably not meant.
    pub(crate) warnings: Vec<String>,
}

impl ImpactView {
    pub(crate) fn of(context: &Context, plan: &Plan) -> Self {
        let Impact { gain, lose, sessions_cut, at_least, gaining, losing } = &plan.impact;
        let named = |ids: &[String]| ids.iter().map(|id| (id.clone(), name(context, id))).collect();
        let unknown = plan.unknown_names.iter().map(ToString::to_string);
        Self {
            gain: *gain,
            lose: *lose,
            sessions_cut: *sessions_cut,
            at_least: *at_least,
            gaining: named(gaining),
            losing: named(losing),
            warnings: plan.warnings.iter().cloned().chain(unknown).collect(),
        }
    }

    /// Whether nobody gains or loses anything.
    pub(crate) const fn is_none(&self) -> bool {
        self.gain == 0 && self.lose == 0 && self.sessions_cut == 0
    }

    /// How many of those who gain are not named.
    pub(crate) fn more_gain(&self) -> usize {
        self.gain.saturating_sub(self.gaining.len())
    }

    /// How many of those who lose are not named.
    pub(crate) fn more_lose(&self) -> usize {
        self.lose.saturating_sub(self.losing.len())
    }
}

/// The name of an account. One that the plan makes has none yet.
fn name(context: &Context, id: &str) -> String {
    context.world.user(id).map_or_else(|| id.to_owned(), |user| context.world.display_name(user).to_string())
}
