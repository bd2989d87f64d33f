//! What API tokens contribute to the platform: kinds, acts, two tasks and their metrics.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::metrics::{counters, gauge};
use sekisho_capability::{Capability, Scope, Services, TaskSpec};
use sekisho_model::documents::Kind;

use crate::sweep::sweep;
use crate::{TokenUses, Tokens, acts};

/// API tokens: a task that writes their last uses, and one that removes those that ended long ago.
#[must_use]
pub const fn capability<S: AsRef<Services> + AsRef<TokenUses> + 'static>() -> Capability<S> {
    Capability {
        kinds: &[Kind::ApiToken, Kind::ApiTokenUse],
        acts: acts::ALL,
        tasks: Tasks::<S>::ALL,
        metrics: metrics::<S>,
        ..Capability::named("api-tokens")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + AsRef<TokenUses> + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[
        TaskSpec {
            name: "api-tokens-uses",
            text: ("Notes when API tokens were last used", "API トークンの最終使用の記録"),
            every: Duration::from_secs(10),
            // Each process notes what it saw.
            scope: Scope::Local,
            run: |state, turns| {
                let (uses, services) = parts(&state);
                Box::pin(turns.each(move || {
                    let (uses, services) = (uses.clone(), services.clone());
                    async move { uses.write(&services).await }
                }))
            },
        },
        TaskSpec {
            name: "api-tokens-sweep",
            text: ("Removes API tokens 30 days after their end", "期限から 30 日を過ぎた API トークンの削除"),
            every: Duration::from_secs(3600),
            scope: Scope::Leased,
            run: |state, turns| {
                let (_, services) = parts(&state);
                Box::pin(turns.each(move || {
                    let services = services.clone();
                    let tokens = Tokens::new(services.changes.clone());
                    async move { sweep(&tokens, services.clock.now()).await.map(drop) }
                }))
            },
        },
    ];
}

fn parts<S: AsRef<Services> + AsRef<TokenUses>>(state: &S) -> (TokenUses, Services) {
    (AsRef::<TokenUses>::as_ref(state).clone(), AsRef::<Services>::as_ref(state).clone())
}

fn metrics<S: AsRef<Services> + AsRef<TokenUses>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let (uses, services) = parts(state);
    let count = services.world.borrow().api_tokens().count();
    gauge(encoder, "sekisho_api_tokens", "API tokens, expired ones that are still listed included", count)?;
    let help = "Uses of API tokens that were not noted, because too many waited";
    counters(encoder, "sekisho_api_token_uses_lost", help, std::iter::once(([], uses.lost())))
}
