//! One evaluation: may this subject do this with this resource?

use std::net::IpAddr;
use std::sync::Arc;

use sekisho_gateway::Decisions;
use sekisho_model::{AccessRequest, Action, RequestId};
use sekisho_policy_enforcement::{Application, Caller, Refusal, Stated, stated_request};
use sekisho_policy_information::World;
use serde::Deserialize;
use serde_json::{Value, json};

use super::naming;
use super::wrong::Wrong;

/// A call, and what it is answered from.
pub(super) struct Asked<'a> {
    pub(super) caller: &'a Caller,
    pub(super) decisions: &'a Decisions,
    pub(super) world: Arc<World>,
    pub(super) address: IpAddr,
}

/// A subject or a resource. Its properties are not read.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Named {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) id: String,
}

/// An action. Its properties are not read.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct NamedAction {
    pub(super) name: String,
}

/// The context. Of what a caller says of a request's surroundings, only the client's address is read.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Context {
    pub(super) ip: Option<IpAddr>,
}

/// The parts of an evaluation, each of which may be said for many at once.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Parts {
    pub(super) subject: Option<Named>,
    pub(super) action: Option<NamedAction>,
    pub(super) resource: Option<Named>,
    pub(super) context: Option<Context>,
}

/// A whole evaluation.
pub(super) struct Evaluation {
    subject: Named,
    action: NamedAction,
    resource: Named,
    address: Option<IpAddr>,
}

pub(super) async fn serve(asked: &Asked<'_>, parts: Parts) -> Result<Value, Wrong> {
    Ok(asked.evaluate(&parts.whole("")?).await?.0)
}

impl Parts {
    /// The parts together; `place` is where they stand, for messages.
    pub(super) fn whole(self, place: &str) -> Result<Evaluation, Wrong> {
        let missing = |field: &str| Wrong::missing(&format!("{place}{field}"));
        Ok(Evaluation {
            subject: self.subject.ok_or_else(|| missing("subject"))?,
            action: self.action.ok_or_else(|| missing("action"))?,
            resource: self.resource.ok_or_else(|| missing("resource"))?,
            address: self.context.and_then(|context| context.ip),
        })
    }

    /// These parts, and the others where these have none.
    pub(super) fn or(self, others: &Self) -> Self {
        Self {
            subject: self.subject.or_else(|| others.subject.clone()),
            action: self.action.or_else(|| others.action.clone()),
            resource: self.resource.or_else(|| others.resource.clone()),
            context: self.context.or_else(|| others.context.clone()),
        }
    }
}

impl Asked<'_> {
    /// The answer, and whether it is a permit. Whatever was asked is in the ledger before it.
    pub(super) async fn evaluate(&self, evaluation: &Evaluation) -> Result<(Value, bool), Wrong> {
        let Evaluation { subject, action, resource, address } = evaluation;
        let (point, id) = (self.caller.point(), self.decisions.new_id());
        let Some(application) = naming::resource(point, &self.world, &resource.kind, &resource.id) else {
            return self.unnamed(&id, "resource-not-assigned", &resource.kind, &resource.id).await;
        };
        let Some(action) = naming::action(point, &action.name) else {
            return self.unnamed(&id, "action-unknown", "action", &action.name).await;
        };
        let stated = match subject.kind.as_str() {
            naming::SESSION => Some(Stated::Session(&subject.id)),
            kind => naming::user(point, &self.world, kind, &subject.id).map(Stated::User),
        };
        let Some(stated) = stated else {
            return self.unnamed(&id, "subject-unknown", &subject.kind, &subject.id).await;
        };
        let address = address.unwrap_or(self.address);
        match self.request(stated, &application, action, address, id.clone()) {
            None => {
                self.note(&id, "session-unknown", &subject.kind, "").await?;
                Ok(self.refused(&Refusal::SignInRequired(application.resource), &id))
            }
            Some(request) => Ok(self.decided(&application, &request).await),
        }
    }

    /// The question to the engine.
    pub(super) fn request(
        &self,
        stated: Stated<'_>,
        application: &Application,
        action: Action,
        address: IpAddr,
        id: RequestId,
    ) -> Option<AccessRequest> {
        let (key, now) = (self.decisions.cookie_key(), self.decisions.now());
        stated_request(self.caller, stated, application, action, address, key, &self.world, id, now)
    }

    async fn decided(&self, application: &Application, request: &AccessRequest) -> (Value, bool) {
        match self.decisions.permit(&application.resource, request, &self.world).await {
            Ok(permit) => {
                let obligations: Vec<Value> =
                    permit.obligations().iter().map(|one| json!({ "id": one.name() })).collect();
                let context = json!({ "id": request.id().as_str(), "obligations": obligations });
                (json!({ "decision": true, "context": context }), true)
            }
            Err(refusal) => {
                self.decisions.note_refused(&refusal, self.address, request.id());
                self.refused(&refusal, request.id())
            }
        }
    }

    fn refused(&self, refusal: &Refusal, id: &RequestId) -> (Value, bool) {
        let view = self.decisions.explain(refusal, id.clone());
        let problem = view.problem();
        let mut context = json!({
            "id": id.as_str(),
            "outcome": view.kind.code(),
            "reason_user": { "en": view.summary.en, "ja": view.summary.ja },
            "reasons": problem.get("reasons"),
            "remedies": problem.get("remedies"),
        });
        if let (Some(sign_in), Some(fields)) = (view.sign_in, context.as_object_mut()) {
            fields.insert("sign_in".to_owned(), sign_in.into());
        }
        (json!({ "decision": false, "context": context }), false)
    }

    /// What cannot be asked of the engine, because it names nothing here: never a permit, and recorded as well.
    async fn unnamed(&self, id: &RequestId, code: &str, kind: &str, name: &str) -> Result<(Value, bool), Wrong> {
        // A session's cookie is a secret of its owner.
        self.note(id, code, kind, if kind == naming::SESSION { "" } else { name }).await?;
        let context = json!({ "id": id.as_str(), "outcome": code, "reasons": [{ "code": code }], "remedies": [] });
        Ok((json!({ "decision": false, "context": context }), false))
    }

    /// Records that there was nothing to decide, so that the identifier of the answer leads to why.
    async fn note(&self, id: &RequestId, code: &str, kind: &str, name: &str) -> Result<(), Wrong> {
        let short = |text: &str| text.chars().take(160).collect::<String>();
        let detail = json!({ "request": id.as_str(), "type": short(kind), "id": short(name) });
        let target = format!("enforcement-point/{}", self.caller.id());
        Ok(self.decisions.record(self.caller, code, target, detail).await?)
    }
}
