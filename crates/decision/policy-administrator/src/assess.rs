//! One stream decided again: the same request, with its session, device and network as the newest World knows them.

use std::sync::Arc;

use sekisho_model::facts::{EntityType, Fact, Handle, Slot};
use sekisho_model::{AccessRequest, DecisionRecord, Evidence, PresentedDevice, SessionFacts, Timestamp, WhyUnknown};
use sekisho_policy_engine::{Decision, Reason, Verdict, decide};
use sekisho_policy_information::World;

use crate::cut::{
    authentication_needed, device_revoked, not_permitted, resource_removed, session_ended, session_expired,
    workload_ended,
};

/// What came of deciding again.
pub(crate) enum Assessment {
    /// It is still permitted: the request as it is now, and when to ask again if no fact changes.
    Stands { request: AccessRequest, due: Timestamp },
    /// It is not.
    Ends { reason: Reason, decision: Option<Box<DecisionRecord>> },
}

/// Decides a stream again.
pub(crate) fn assess(
    request: &AccessRequest,
    presented: Option<&PresentedDevice>,
    world: &World,
    now: Timestamp,
) -> Assessment {
    let ends = |reason| Assessment::Ends { reason, decision: None };
    let same_subject = |session: &&Arc<SessionFacts>| session.subject == request.subject();
    // INVARIANT I-15: a stream that an older cookie opened is decided on what that cookie shows, whatever the session gained since.
    let Some(session) = world.session_of_stream(request.session()).filter(same_subject) else {
        return ends(gone(request, world, now));
    };
    if now >= session.expires_at {
        return ends(session_expired());
    }
    if world.resource(request.resource()).is_none() {
        return ends(resource_removed());
    }
    let device = world.device_of(presented, session, now);
    let request = request.refreshed(Arc::clone(session), device, world.network(request.network().ip));
    let decision = decide(world.policies(), world, &request, now);
    match decision.outcome() {
        Verdict::Permit(_) => {
            let due = due(&request, decision.valid_until(), world);
            Assessment::Stands { request, due }
        }
        Verdict::Challenge(_) => refused(&decision, &request, world, now, authentication_needed),
        Verdict::Deny(_) => refused(&decision, &request, world, now, not_permitted),
    }
}

/// Why a session is not in the World.
fn gone(request: &AccessRequest, world: &World, now: Timestamp) -> Reason {
    if request.subject().kind() == EntityType::Workload {
        return workload_ended();
    }
    let unusable = |device| matches!(world.device_evidence(device, now), Evidence::Unknown(WhyUnknown::NotEnrolled));
    if request.session().device.is_some_and(unusable) { device_revoked() } else { session_ended() }
}

fn refused(
    decision: &Decision,
    request: &AccessRequest,
    world: &World,
    now: Timestamp,
    otherwise: fn() -> Reason,
) -> Assessment {
    let reason = decision.reasons().first().cloned().unwrap_or_else(otherwise);
    Assessment::Ends { reason, decision: Some(Box::new(decision.to_record(world, request, now))) }
}

/// When a permitted stream must be decided again if no fact changes: as the decision says, and in any case when the
/// session ends or the device's report becomes stale.
pub(crate) fn due(request: &AccessRequest, valid_until: Timestamp, world: &World) -> Timestamp {
    let stale_at = request.device().known().and_then(|device| world.device_stale_at(*device));
    let session_ends = request.session().expires_at;
    valid_until.min(session_ends).min(stale_at.unwrap_or(session_ends))
}

/// The entities whose change can change the decision: the subject, the resource, the device, and their owners,
/// which policies can read through them. What policies name themselves is the World's to tell.
pub(crate) fn reads(request: &AccessRequest, presented: Option<&PresentedDevice>, world: &World) -> Vec<Handle> {
    let named =
        |presented: &PresentedDevice| world.facts().interner().lookup(EntityType::Device, presented.id.as_str());
    let devices = [presented.and_then(named), request.session().device];
    let mut reads = vec![request.subject(), request.resource()];
    reads.extend(devices.into_iter().flatten());
    let owned = [request.subject(), request.resource()];
    for entity in owned.into_iter().chain(devices.into_iter().flatten()) {
        if let Some(Fact::Entity(owner)) = world.facts().get(entity).map(|entity| entity.get(Slot::Owner)) {
            reads.push(*owner);
        }
    }
    reads.sort_unstable();
    reads.dedup();
    reads
}
