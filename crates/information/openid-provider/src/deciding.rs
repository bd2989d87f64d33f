//! Asks the policy engine whether somebody may sign in at an application, or stay signed in there.

use std::sync::Arc;

use arcstr::ArcStr;
use sekisho_capability::Asking;
use sekisho_model::documents::Client;
use sekisho_model::facts::EntityType;
use sekisho_model::{Action, HttpFacts, Record, RequestId, SessionFacts, Timestamp};
use sekisho_policy_engine::{Decision, Verdict};
use sekisho_policy_information::World;

use crate::OpenIdProvider;
use crate::grants::Grant;
use crate::refusal::Refusal;

impl OpenIdProvider {
    /// Decides an access to the resource of an application, and records the decision before it returns. `None` when there is no such
    /// resource: then nobody signs in.
    pub(crate) async fn decide(&self, client: &Client, asking: Asking<'_>) -> Result<Option<Decision>, Refusal> {
        let world = asking.world;
        let Some(handle) = world.facts().find(EntityType::Resource, client.resource.as_str()) else { return Ok(None) };
        let host = world.resource(handle).and_then(|resource| resource.host.clone());
        let http = host.map(|host| HttpFacts::new(arcstr::literal!("GET"), ArcStr::from("/"), host));
        let now = asking.now;
        let (request, decision) = Asking { http, ..asking }.decide(Action::Read, handle);
        let record = Record::Decision(Box::new(decision.to_record(world, &request, now)));
        // INVARIANT I-9: what cannot be recorded is not permitted.
        self.services.ledger.append(record).await.map_err(|error| {
            tracing::error!(%error, "a decision could not be recorded");
            Refusal::Unavailable
        })?;
        Ok(Some(decision))
    }

    /// The session behind codes and tokens, when it lives and the policies permit the access now; `None` when they open nothing.
    pub(crate) async fn standing(
        &self,
        client: &Client,
        grant: &Grant,
        request: &RequestId,
        now: Timestamp,
    ) -> Result<Option<(Arc<World>, Arc<SessionFacts>)>, Refusal> {
        let world = Arc::clone(&self.services.world.borrow());
        // INVARIANT I-71: codes and tokens open nothing once the session has ended or the policies do not permit the access.
        let Some(session) = world.live_session(&grant.session, now).cloned() else { return Ok(None) };
        if !client.enabled || world.id(session.subject).as_str() != grant.subject {
            return Ok(None);
        }
        let device = world.device_of(None, &session, now);
        let asking =
            Asking { world: &world, session: &session, device, address: grant.address, request, http: None, now };
        let decision = self.decide(client, asking).await?;
        let is_permitted = decision.is_some_and(|decision| matches!(decision.outcome(), Verdict::Permit(_)));
        Ok(is_permitted.then_some((world, session)))
    }
}
