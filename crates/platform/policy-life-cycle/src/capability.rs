//! What the life cycle of policies contributes to the platform: two kinds, five acts, one task.

use std::marker::PhantomData;
use std::time::Duration;

use sekisho_capability::{Capability, Scope, TaskSpec};
use sekisho_control_plane::ControlPlane;
use sekisho_control_plane::acts::table::{
    POLICY_DRAFT_APPROVED, POLICY_DRAFT_PUT, POLICY_DRAFTS_READ, POLICY_PUBLISHED, POLICY_ROLLED_BACK,
};
use sekisho_model::documents::Kind;

use crate::comparing::Comparing;
use crate::life_cycle::LifeCycle;

/// How often decisions are compared.
const EVERY: Duration = Duration::from_millis(500);

/// The life cycle of policies.
#[must_use]
pub const fn capability<S: AsRef<ControlPlane> + 'static>() -> Capability<S> {
    Capability {
        kinds: &[Kind::PolicyDraft, Kind::PolicyDraftReport],
        acts: &[POLICY_DRAFTS_READ, POLICY_DRAFT_PUT, POLICY_DRAFT_APPROVED, POLICY_PUBLISHED, POLICY_ROLLED_BACK],
        tasks: Tasks::<S>::ALL,
        ..Capability::named("policy-life-cycle")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<ControlPlane> + 'static> Tasks<S> {
    // Each process compares what it recorded itself.
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "policy-drafts-compare",
        text: ("Compares decisions with drafts in report-only", "レポートのみの下書きと判定との比較"),
        every: EVERY,
        scope: Scope::Local,
        run: |state, mut turns| {
            let life_cycle = LifeCycle::new(AsRef::<ControlPlane>::as_ref(&state).clone());
            Box::pin(async move {
                let mut comparing = Comparing::new(life_cycle);
                while turns.next().await {
                    let outcome = comparing.turn().await.map_err(|error| error.to_string());
                    turns.ended(outcome);
                }
            })
        },
    }];
}
