//! What a draft would do: its lints, whom it gives access and from whom it takes it, and the table of who may do what.

use sekisho_control_plane::{Impact, Plan};
use sekisho_policy_language::PolicyText;

use crate::draft::Draft;
use crate::failure::LifeCycleError;
use crate::life_cycle::LifeCycle;
use crate::lints::{Lint, of_plan, of_policies};
use crate::table::{TableRow, rows};

/// What a draft would do.
#[derive(Debug, Clone, Default)]
pub struct Review {
    /// What is probably not meant, and why it would be refused.
    pub lints: Vec<Lint>,
    /// Who gains, who loses, and how many sessions are cut. Nothing where it would be refused.
    pub impact: Option<Impact>,
    /// Who may do what with what, now and then.
    pub table: Vec<TableRow>,
    /// Whether another person approves it before it is published.
    pub needs_approval: bool,
    /// Whether the policy is as it was when the draft was made from it.
    pub is_current: bool,
    /// The revision of the policy now; 0 where there is none.
    pub present: u64,
}

impl LifeCycle {
    /// What a draft would do, as things stand now.
    ///
    /// # Errors
    /// [`LifeCycleError::Failed`].
    pub async fn review(&self, draft: &Draft) -> Result<Review, LifeCycleError> {
        let present = self.present(draft.policy.as_str()).await?.map(|(revision, _)| revision);
        let mut review = Review {
            needs_approval: self.needs_approval(draft),
            is_current: present == draft.base,
            present: present.unwrap_or_default(),
            ..Review::default()
        };
        if !draft.is_open() {
            return Ok(review);
        }
        match self.plan(draft).await {
            Ok(Plan { impact, unknown_names, warnings, opening, .. }) => {
                review.lints = of_plan(&Plan { unknown_names, warnings, opening, ..Plan::default() });
                review.impact = Some(impact);
            }
            // A set with a fault, or one that locks out who administers.
            Err(LifeCycleError::Refused(why)) => review.lints.push(Lint::new("lint-refused", why)),
            Err(other) => return Err(other),
        }
        let world = self.control_plane.world();
        match self.with_draft(&world, draft).await {
            Ok(then) => {
                let text = PolicyText { name: draft.policy.to_string(), text: draft.text.clone() };
                review.lints.extend(of_policies(&world, &then, &text));
                review.table = rows(&world, world.policies(), &then, draft.policy.as_str());
            }
            // It was said above.
            Err(LifeCycleError::Refused(_)) => {}
            Err(other) => return Err(other),
        }
        Ok(review)
    }
}
