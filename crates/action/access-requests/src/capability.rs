//! What requests for access contribute to the platform: a kind, an act, a task and a metric.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::metrics::gauge;
use sekisho_capability::{Capability, Scope, Services, TaskSpec};
use sekisho_model::documents::Kind;

use crate::acts::REQUESTS_READ;
use crate::sweep::sweep;

/// Requests for access.
#[must_use]
pub const fn capability<S: AsRef<Services> + 'static>() -> Capability<S> {
    Capability {
        kinds: &[Kind::GrantRequest],
        acts: &[REQUESTS_READ],
        tasks: Tasks::<S>::ALL,
        metrics: metrics::<S>,
        ..Capability::named("access-requests")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "access-requests-sweep",
        text: ("Removes requests for access 90 days after their end", "終了から 90 日を過ぎた利用申請の削除"),
        every: Duration::from_secs(3600),
        scope: Scope::Leased,
        run: |state, turns| {
            let services = AsRef::<Services>::as_ref(&state).clone();
            Box::pin(turns.each(move || {
                let services = services.clone();
                async move { sweep(&services).await.map(drop) }
            }))
        },
    }];
}

fn metrics<S: AsRef<Services>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let services = AsRef::<Services>::as_ref(state);
    let now = services.clock.now();
    let live = services.world.borrow().grants().filter(|grant| now < grant.until).count();
    gauge(encoder, "sekisho_grants_live", "Grants that are in force", live)
}
