//! The console's page of shared signals: transmitters, the last events, and the secrets that sign webhooks.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use sekisho_identity::Secret;
use sekisho_model::{Actor, Language, Name, Text};
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, RequestContext, Routes, access, answer};
use serde::Deserialize;

use crate::SharedSignals;
use crate::acts::{SHARED_SIGNALS_READ, TRANSMITTER_SECRET_SET};
use crate::published;
use crate::refusal::Refusal;
use crate::view::{ReceiverView, SignalView, TransmitterView};

const PATH: &str = "/console/shared-signals";

type Context = RequestContext<SharedSignals>;

/// One page in the console.
#[must_use]
pub const fn pages<S: AsRef<SharedSignals>>() -> Pages<S> {
    Pages {
        name: "shared-signals",
        routes: |state| {
            published::routes(Routes::new())
                .get(PATH, Access::Act(SHARED_SIGNALS_READ), list)
                .post("/console/shared-signals/{transmitter}/secret", Access::Act(TRANSMITTER_SECRET_SET), set_secret)
                .with(state.as_ref().clone())
        },
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

const PLACES: &[Place] = &[Place::of_console(Group::Platform, PATH, "place-shared-signals", SHARED_SIGNALS_READ)];

#[derive(Template)]
#[template(path = "shared_signals.html")]
struct SharedSignalsPage {
    page: Page,
    transmitters: Vec<Row>,
    events: Vec<SignalRow>,
    receivers: Vec<ReceiverView>,
    waiting: usize,
    may_set: bool,
}

/// A transmitter with the words for it.
struct Row {
    view: TransmitterView,
    form: &'static str,
    effects: Vec<(String, &'static str)>,
}

/// An event with the words for it.
struct SignalRow {
    view: SignalView,
    class: &'static str,
    outcome: &'static str,
}

async fn list(context: Context) -> Result<Response, Problem> {
    let signals = &context.services;
    let transmitters = signals.views().await.map_err(|_| Problem::Unavailable)?;
    answer::html(&SharedSignalsPage {
        page: context.page_with_times(),
        transmitters: transmitters.into_iter().map(row).collect(),
        receivers: signals.receiver_views().await.map_err(|_| Problem::Unavailable)?,
        waiting: signals.sending.borrow().waiting,
        events: signals.signals().into_iter().map(signal_row).collect(),
        may_set: access::may(&context, &TRANSMITTER_SECRET_SET, None),
    })
}

fn row(view: TransmitterView) -> Row {
    let form = match view.form {
        "signed" => "transmitter-signed",
        "standard-webhooks" => "transmitter-standard-webhooks",
        _ => "transmitter-hmac",
    };
    let effects = view.events.iter().map(|one| (one.event.clone(), effect(one.effect))).collect();
    Row { view, form, effects }
}

fn effect(name: &str) -> &'static str {
    match name {
        "end-sessions" => "signal-effect-end-sessions",
        "require-sign-in" => "signal-effect-require-sign-in",
        "device-compliance" => "signal-effect-device-compliance",
        "device-not-compliant" => "signal-effect-device-not-compliant",
        _ => "signal-effect-device-compliant",
    }
}

fn signal_row(view: SignalView) -> SignalRow {
    let (class, outcome) = match view.outcome {
        "done" => ("pass", "signal-done"),
        "unknown-subject" => ("ask", "signal-unknown-subject"),
        "nothing-to-do" => ("off", "signal-nothing-to-do"),
        "overtaken" => ("off", "signal-overtaken"),
        _ => ("off", "signal-repeated"),
    };
    SignalRow { view, class, outcome }
}

#[derive(Deserialize)]
struct SecretForm {
    #[serde(default)]
    secret: Secret,
}

async fn set_secret(
    context: Context,
    Path(transmitter): Path<String>,
    Form(form): Form<SecretForm>,
) -> Result<Response, Problem> {
    let transmitter: Name = transmitter.parse().map_err(|_| Problem::NotFound)?;
    let actor = Actor::User(context.person()?.id.to_string());
    match context.services.set_secret(&transmitter, &form.secret, actor, context.now).await {
        Ok(()) => Ok(answer::see_other(PATH)),
        Err(Refusal::NoTransmitter) => Err(Problem::NotFound),
        Err(Refusal::Malformed(_)) => Err(unusable()),
        Err(_) => Err(Problem::Unavailable),
    }
}

fn unusable() -> Problem {
    let (en, ja) = (
        "Write a secret of 16 to 512 letters, digits and signs without space.",
        "シークレットは、空白を含まない 16 から 512 文字の英数字と記号で入力してください。",
    );
    Problem::refused(StatusCode::UNPROCESSABLE_ENTITY, Text { en: en.to_owned(), ja: Some(ja.to_owned()) })
}
