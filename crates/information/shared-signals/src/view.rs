//! Transmitters and events as the API and the page show them.

use sekisho_model::Timestamp;
use sekisho_model::documents::{SignalReceiver, SignalSource, WebhookSignature};
use serde::Serialize;
use utoipa::ToSchema;

use crate::SharedSignals;
use crate::refusal::Refusal;
use crate::standing::Received;

/// A transmitter, and how it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TransmitterView {
    /// Its identifier.
    pub(crate) id: String,
    /// Whether its events count.
    pub(crate) enabled: bool,
    /// `signed`, `standard-webhooks` or `hmac-sha256`.
    pub(crate) form: &'static str,
    /// The issuer of signed events.
    pub(crate) issuer: Option<String>,
    /// The audience that signed events must be for.
    pub(crate) audience: Option<String>,
    /// The address that it sends its events to.
    pub(crate) endpoint: String,
    /// What each type of event does.
    pub(crate) events: Vec<EffectView>,
    /// Whether a secret is set that signs its webhooks; null where it needs none.
    pub(crate) has_secret: Option<bool>,
    /// How many events counted at this process.
    pub(crate) received: u64,
    /// How many requests were refused at this process.
    pub(crate) refused: u64,
    /// When the last event came that counted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) received_at: Option<Timestamp>,
    /// Why the last refused request was refused.
    pub(crate) problem: Option<String>,
}

/// What a type of event does.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EffectView {
    /// The type.
    pub(crate) event: String,
    /// What it does.
    pub(crate) effect: &'static str,
}

/// A receiver, and what waits for it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReceiverView {
    /// Its identifier.
    pub(crate) id: String,
    /// Whether events are sent to it.
    pub(crate) enabled: bool,
    /// Where events are pushed to.
    pub(crate) url: String,
    /// As whom it knows itself.
    pub(crate) audience: String,
    /// Why the last attempt failed; null when it did not.
    pub(crate) problem: Option<String>,
}

/// An event that was received.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SignalView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// From which transmitter.
    pub(crate) transmitter: String,
    /// Its type.
    pub(crate) event: String,
    /// About whom or what, as the transmitter names it.
    pub(crate) subject: String,
    /// What events of this type do; null where they do nothing.
    pub(crate) effect: Option<&'static str>,
    /// `done`, `unknown-subject`, `nothing-to-do`, `overtaken` or `repeated`.
    pub(crate) outcome: &'static str,
}

impl SharedSignals {
    /// Every transmitter, and how it stands at this process.
    pub(crate) async fn views(&self) -> Result<Vec<TransmitterView>, Refusal> {
        let mut views = Vec::new();
        for stored in self.transmitters().await? {
            let document = stored.document;
            let standing = self.standings.of(&document.id);
            let (form, issuer, audience) = match document.source {
                SignalSource::Signed(signed) => ("signed", Some(signed.issuer.to_string()), Some(signed.audience)),
                SignalSource::Webhook(webhook) => match webhook.signature {
                    WebhookSignature::StandardWebhooks => ("standard-webhooks", None, None),
                    WebhookSignature::HmacSha256(_) => ("hmac-sha256", None, None),
                },
            };
            let has_secret = match issuer {
                Some(_) => None,
                None => Some(self.secret(&document.id).await?.is_some()),
            };
            let effects = document.events.into_iter();
            views.push(TransmitterView {
                enabled: document.enabled,
                form,
                issuer,
                audience,
                endpoint: self.endpoint(&document.id),
                events: effects.map(|(event, effect)| EffectView { event, effect: effect.name() }).collect(),
                has_secret,
                received: standing.received,
                refused: standing.refused,
                received_at: standing.received_at,
                problem: standing.problem.map(|(_, problem)| problem),
                id: document.id.to_string(),
            });
        }
        Ok(views)
    }

    /// Every receiver, and how sending to it stands at this process.
    pub(crate) async fn receiver_views(&self) -> Result<Vec<ReceiverView>, Refusal> {
        let sending = self.sending.borrow().clone();
        let problem = |id: &str| sending.problems.iter().find(|(of, _)| of == id).map(|(_, why)| why.clone());
        let view = |receiver: SignalReceiver| ReceiverView {
            problem: problem(receiver.id.as_str()),
            id: receiver.id.to_string(),
            enabled: receiver.enabled,
            url: receiver.url,
            audience: receiver.audience,
        };
        Ok(self.receivers().await?.into_iter().map(view).collect())
    }

    /// The last events at this process, newest first.
    pub(crate) fn signals(&self) -> Vec<SignalView> {
        self.standings.last().into_iter().map(signal).collect()
    }
}

fn signal(received: Received) -> SignalView {
    SignalView {
        at: received.at,
        transmitter: received.transmitter.to_string(),
        event: received.what,
        subject: received.subject,
        effect: received.effect.map(sekisho_model::documents::SignalEffect::name),
        outcome: received.outcome.name(),
    }
}
