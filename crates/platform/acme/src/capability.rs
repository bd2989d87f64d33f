//! What ACME contributes to the platform.

use std::fmt;
use std::marker::PhantomData;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::metrics::{counters, gauge};
use sekisho_capability::{Capability, Readiness, Scope, Services, TaskSpec};

use crate::acme::{Acme, LOOK};
use crate::{answering, ordering};

/// Certificates from an ACME authority: two tasks, their metrics, and whether orders fail.
#[must_use]
pub const fn capability<S: AsRef<Services> + AsRef<Acme> + 'static>() -> Capability<S> {
    Capability { tasks: Tasks::<S>::ALL, metrics: metrics::<S>, ready: ready::<S>, ..Capability::named("acme") }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + AsRef<Acme> + 'static> Tasks<S> {
    /// Both run in each process: every process serves the certificates that one of them ordered, and the authority may ask any of them.
    const ALL: &'static [TaskSpec<S>] = &[
        TaskSpec {
            name: "acme-order",
            text: ("Orders and renews certificates", "証明書の発行依頼と更新"),
            every: LOOK,
            scope: Scope::Local,
            run: |state, turns| {
                let (acme, services) = parts(&state);
                let turns = turns.woken_by(acme.order_wake());
                Box::pin(ordering::run(acme, services, turns))
            },
        },
        TaskSpec {
            name: "acme-answer",
            text: ("Answers the certificate authority's questions", "認証局からの確認への応答"),
            every: LOOK,
            scope: Scope::Local,
            run: |state, turns| {
                let (acme, services) = parts(&state);
                let turns = turns.woken_by(acme.answer_wake());
                Box::pin(answering::run(acme, services, turns))
            },
        },
    ];
}

fn parts<S: AsRef<Services> + AsRef<Acme>>(state: &S) -> (Acme, Services) {
    (AsRef::<Acme>::as_ref(state).clone(), AsRef::<Services>::as_ref(state).clone())
}

fn metrics<S: AsRef<Acme>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let orders = state.as_ref().state().borrow().clone();
    let outcomes = orders.orders.iter().map(|(outcome, count)| ([("outcome", *outcome)], *count));
    counters(encoder, "sekisho_certificate_orders", "Orders at the ACME authority, by outcome", outcomes)?;
    let help = "Hosts whose last order failed";
    gauge(encoder, "sekisho_certificate_orders_failing", help, orders.failing())
}

/// A failed order leaves the platform ready: the own authority's certificate is served meanwhile.
fn ready<S: AsRef<Acme>>(state: &S) -> Readiness {
    match state.as_ref().state().borrow().failing() {
        0 => Readiness::Ready,
        failing => Readiness::Impaired(format!("the last certificate order failed for {failing} host(s)")),
    }
}
