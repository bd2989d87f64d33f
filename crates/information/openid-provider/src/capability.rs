//! What the provider contributes to the platform.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::metrics::counters;
use sekisho_capability::{Capability, Scope, TaskSpec};
use sekisho_model::documents::Kind;

use crate::OpenIdProvider;
use crate::acts::{CLIENT_SECRET_MADE, CLIENTS_READ};

/// Registered applications: their documents, the acts on them, a task that renews the signing key, and metrics.
#[must_use]
pub const fn capability<S: AsRef<OpenIdProvider> + 'static>() -> Capability<S> {
    Capability {
        kinds: &[Kind::Client],
        acts: &[CLIENTS_READ, CLIENT_SECRET_MADE],
        tasks: Tasks::<S>::ALL,
        metrics: metrics::<S>,
        ..Capability::named("openid-provider")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<OpenIdProvider> + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "openid-keys",
        text: (
            "Renews the key that signs ID tokens, and removes secrets of applications that are gone",
            "ID トークンの署名鍵の更新と、削除されたアプリケーションのシークレットの削除",
        ),
        every: Duration::from_secs(60),
        scope: Scope::Leased,
        run: |state, turns| {
            let provider = AsRef::<OpenIdProvider>::as_ref(&state).clone();
            Box::pin(turns.each(move || {
                let provider = provider.clone();
                async move { provider.sweep(provider.services.clock.now()).await }
            }))
        },
    }];
}

fn metrics<S: AsRef<OpenIdProvider>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let outcomes = AsRef::<OpenIdProvider>::as_ref(state).outcomes.borrow().clone();
    let rows = outcomes.into_iter().map(|(outcome, count)| ([("outcome", outcome)], count));
    counters(encoder, "sekisho_openid_answers", "Answers to registered applications, by outcome", rows)
}
