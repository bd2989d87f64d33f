//! What the platform keeps for itself: its keys, and one-time documents. Those that expired unused are removed; their readers reject
//! them in any case, and this keeps them from piling up.

use std::marker::PhantomData;
use std::time::Duration;

use sekisho_capability::{Capability, Scope, Services, TaskSpec, sweep};
use sekisho_model::documents::Kind;

/// Removes expired one-time documents once a minute, in one process of those on a store.
#[must_use]
pub const fn capability<S: AsRef<Services> + 'static>() -> Capability<S> {
    Capability { kinds: &[Kind::OneTime, Kind::Key], tasks: Tasks::<S>::ALL, ..Capability::named("housekeeping") }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "one-time-sweep",
        text: ("Removes one-time links and codes that expired", "期限切れの使い捨てリンクとコードの削除"),
        every: Duration::from_secs(60),
        scope: Scope::Leased,
        run: |state, turns| {
            let services = state.as_ref().clone();
            Box::pin(turns.each(move || {
                let services = services.clone();
                async move { sweep(&services.store, services.clock.now()).await.map(drop) }
            }))
        },
    }];
}
