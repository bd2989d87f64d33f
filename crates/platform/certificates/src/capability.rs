//! What certificates contribute to the platform.

use std::fmt;
use std::marker::PhantomData;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use sekisho_capability::{Capability, Readiness, Scope, Services, TaskSpec};

use crate::certificates::Certificates;
use crate::keeper::LOOK;

/// The certificates that browsers see: the task that keeps them, when the first of them ends, and whether they are good.
#[must_use]
pub const fn capability<S: AsRef<Services> + AsRef<Certificates> + 'static>() -> Capability<S> {
    Capability { tasks: Tasks::<S>::ALL, metrics: metrics::<S>, ready: ready::<S>, ..Capability::named("certificates") }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + AsRef<Certificates> + 'static> Tasks<S> {
    /// In each process: each has listeners of its own.
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "certificates-keep",
        text: ("Renews certificates and takes up changed files", "証明書の更新と、変更されたファイルの反映"),
        every: LOOK,
        scope: Scope::Local,
        run: |state, turns| {
            let certificates = AsRef::<Certificates>::as_ref(&state).clone();
            Box::pin(async move {
                let Some((keeper, asked)) = certificates.take_keeper().await else { return };
                keeper.keep(asked, turns.without_back_off()).await;
            })
        },
    }];
}

fn metrics<S: AsRef<Certificates>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let help = "When the first of the certificates that browsers see ends, in seconds since 1970";
    let mut metric = encoder.encode_descriptor("sekisho_certificate_until_seconds", help, None, MetricType::Gauge)?;
    metric.encode_gauge(&AsRef::<Certificates>::as_ref(state).until().as_seconds())
}

fn ready<S: AsRef<Services> + AsRef<Certificates>>(state: &S) -> Readiness {
    let (certificates, services) = (AsRef::<Certificates>::as_ref(state), AsRef::<Services>::as_ref(state));
    if certificates.until() <= services.clock.now() {
        return Readiness::Unready("a certificate that browsers see has ended".to_owned());
    }
    match certificates.is_stuck() {
        true => Readiness::Impaired("the certificates could not be replaced; the log says why".to_owned()),
        false => Readiness::Ready,
    }
}
