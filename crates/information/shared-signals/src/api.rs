//! The routes of the REST API: transmitters, the last events, and the secret of a transmitter. Where events are sent to is in `receive`.

use axum::extract::Path;
use sekisho_identity::Secret;
use sekisho_model::Name;
use sekisho_rest::{Access, Answer, Api, Body, Call, Page, Problem, Routes, route};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::SharedSignals;
use crate::acts::{SHARED_SIGNALS_READ, TRANSMITTER_SECRET_SET};
use crate::receive;
use crate::refusal::Refusal;
use crate::view::{ReceiverView, SignalView, TransmitterView};

/// The routes, each with who may use it.
#[must_use]
pub const fn api<S: AsRef<SharedSignals>>() -> Api<S> {
    Api {
        name: "shared-signals",
        routes: |state| {
            let routes = Routes::new()
                .add(Access::Act(SHARED_SIGNALS_READ), route!(list))
                .add(Access::Act(SHARED_SIGNALS_READ), route!(events))
                .add(Access::Act(SHARED_SIGNALS_READ), route!(receivers))
                .add(Access::Act(TRANSMITTER_SECRET_SET), route!(set_secret));
            routes.merge(receive::routes()).with(state.as_ref().clone())
        },
    }
}

/// A secret that signs webhooks.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SigningSecretWanted {
    /// The secret: 16 to 512 letters, digits and signs. Standard Webhooks writes it with `whsec_`.
    #[schema(value_type = String, min_length = 16, max_length = 512)]
    secret: Secret,
}

/// List the transmitters, with the address that each sends its events to, and how each stands at this process.
#[utoipa::path(get, path = "/shared-signals", tag = "shared-signals", responses((status = 200, body = Page<TransmitterView>)))]
async fn list(call: Call<SharedSignals>) -> Result<Answer<Page<TransmitterView>>, Problem> {
    Ok(Answer::ok(Page { items: call.services.views().await.map_err(problem)?, next: None }))
}

/// List the last events that counted at this process, newest first. The ledger holds every one.
#[utoipa::path(get, path = "/shared-signals/received", tag = "shared-signals", responses((status = 200, body = Page<SignalView>)))]
async fn events(call: Call<SharedSignals>) -> Answer<Page<SignalView>> {
    Answer::ok(Page { items: call.services.signals(), next: None })
}

/// List the receivers that are told when a session ends here, and why the last attempt at each failed.
#[utoipa::path(get, path = "/shared-signals/receivers", tag = "shared-signals", responses((status = 200, body = Page<ReceiverView>)))]
async fn receivers(call: Call<SharedSignals>) -> Result<Answer<Page<ReceiverView>>, Problem> {
    Ok(Answer::ok(Page { items: call.services.receiver_views().await.map_err(problem)?, next: None }))
}

/// Set the secret that signs the webhooks of a transmitter. It is never shown.
#[utoipa::path(post, path = "/shared-signals/{transmitter}/secret", tag = "shared-signals", request_body = SigningSecretWanted,
    params(("transmitter" = String, Path, description = "The transmitter's identifier")),
    responses((status = 204, description = "It is set.")))]
async fn set_secret(
    call: Call<SharedSignals>,
    Path(transmitter): Path<String>,
    Body(wanted): Body<SigningSecretWanted>,
) -> Result<Answer<()>, Problem> {
    let transmitter: Name = transmitter.parse().map_err(|_| problem(Refusal::NoTransmitter))?;
    call.services.set_secret(&transmitter, &wanted.secret, call.actor()?, call.now).await.map_err(problem)?;
    Ok(Answer::done())
}

fn problem(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NoTransmitter => Problem::not_found("there is no such transmitter"),
        Refusal::Malformed(rule) => Problem::wrong(format_args!("`secret`: {rule}")),
        other => Problem::failed(other.text()),
    }
}
