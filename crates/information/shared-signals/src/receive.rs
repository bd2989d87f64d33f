//! One request with an event: pushed as RFC 8935 says, or a webhook. It is answered when what the event does is done.

use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use sekisho_model::documents::{SignalSource, SignedEvents};
use sekisho_model::{Name, Timestamp};
use sekisho_rest::{Access, Call, Routes};

use crate::SharedSignals;
use crate::carrying::carry;
use crate::event::Event;
use crate::keys::Freshness;
use crate::refusal::{Refusal, in_form};
use crate::set::{self, Expected};
use crate::shared_signals::Stored;
use crate::webhook::{self, Arrived};

/// Where events are sent to, below the address of the API.
const PATH: &str = "/shared-signals/{transmitter}/events";

/// The route. Anybody may send; what counts is signed.
pub(crate) fn routes() -> Routes<SharedSignals> {
    Routes::new().standard(Access::Anyone, "POST", PATH, post(receive)).refusing(in_form)
}

async fn receive(
    call: Call<SharedSignals>,
    Path(transmitter): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match received(&call.services, &transmitter, &Arrived { headers: &headers, body: &body }, call.now).await {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn received(
    signals: &SharedSignals,
    transmitter: &str,
    arrived: &Arrived<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let name: Name = transmitter.parse().map_err(|_| Refusal::NoTransmitter)?;
    let stored = signals.transmitter(&name).await?.filter(|stored| stored.document.enabled);
    let stored = stored.ok_or(Refusal::NoTransmitter)?;
    let outcome = match proven(signals, &stored, arrived, now).await {
        Ok(event) => carry(signals, &stored.document, &event, now).await.map(drop),
        Err(refusal) => Err(refusal),
    };
    if let Err(refusal) = &outcome {
        signals.standings.refused(&name, now, refusal.text());
    }
    outcome
}

/// The event, when it is proven to be the transmitter's.
async fn proven(
    signals: &SharedSignals,
    stored: &Stored,
    arrived: &Arrived<'_>,
    now: Timestamp,
) -> Result<Event, Refusal> {
    if arrived.body.len() > set::LONGEST {
        return Err(Refusal::Malformed("the body is larger than 32 KiB"));
    }
    let document = &stored.document;
    match &document.source {
        SignalSource::Signed(signed) => token(signals, stored, signed, arrived, now).await,
        SignalSource::Webhook(source) => {
            let none = Refusal::Key("no secret of the transmitter is set");
            let secret = signals.secret(&document.id).await?.ok_or(none)?;
            webhook::verified(arrived, source, (document.id.as_str(), &secret), (document.max_age, now))
        }
    }
}

async fn token(
    signals: &SharedSignals,
    stored: &Stored,
    signed: &SignedEvents,
    arrived: &Arrived<'_>,
    now: Timestamp,
) -> Result<Event, Refusal> {
    let kind = arrived.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/secevent+jwt") {
        return Err(Refusal::Malformed("the body is no `application/secevent+jwt`"));
    }
    let mut keys = signals.keys(stored, &signed.keys, Freshness::Kept).await?;
    if set::names_another_key(arrived.body, &keys) {
        keys = signals.keys(stored, &signed.keys, Freshness::Again).await?;
    }
    let (issuer, audience) = (signed.issuer.as_str(), signed.audience.as_str());
    set::verified(arrived.body, &keys, &Expected { issuer, audience, max_age: stored.document.max_age, now })
}
