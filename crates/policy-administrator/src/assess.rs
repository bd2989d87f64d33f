//! One stream decided again: the same request, with its session, device and network as the newest World knows them.

use std::sync::Arc;

use sekisho_model::facts::{Fact, Handle, Slot};
use sekisho_model::{AccessRequest, DecisionRecord, Evidence, SessionFacts, Timestamp, WhyUnknown};
use sekisho_policy_engine::{Decision, Reason, Verdict, decide};
use sekisho_policy_information::World;

use crate::cut::{authentication_needed, not_permitted, resource_removed, session_ended, session_expired};

/// What proved the device when the stream was opened, so that it can be seen whether that still holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DeviceProof {
    /// Nothing did.
    None(WhyUnknown),
    /// The session that the device is bound to, and the key it had.
    Session(Handle, Option<[u8; 16]>),
    /// The connection's certificate, and the key it had.
    Certificate(Handle, Option<[u8; 16]>),
}

/// What came of deciding again.
pub(crate) enum Assessment {
    /// It is still permitted: the request as it is now, and when to ask again if no fact changes.
    Stands { request: AccessRequest, due: Timestamp },
    /// It is not.
    Ends { reason: Reason, decision: Option<Box<DecisionRecord>> },
}

impl DeviceProof {
    /// The proof that a request came with.
    pub(crate) fn of(request: &AccessRequest, world: &World) -> Self {
        let device = match request.device() {
            Evidence::Known(device) | Evidence::Stale { value: device, .. } => *device,
            Evidence::Unknown(why) => return Self::None(*why),
        };
        let key = world.device_key_mark(device);
        match request.session().device == Some(device) {
            true => Self::Session(device, key),
            false => Self::Certificate(device, key),
        }
    }

    fn evidence(self, session: &SessionFacts, world: &World, now: Timestamp) -> Evidence<Handle> {
        let (device, key) = match self {
            Self::None(why) => {
                return session.device.map_or(Evidence::Unknown(why), |device| world.device_evidence(device, now));
            }
            Self::Session(device, key) | Self::Certificate(device, key) => (device, key),
        };
        let evidence = world.device_evidence(device, now);
        if matches!(evidence, Evidence::Unknown(_)) {
            return evidence;
        }
        let unbound = matches!(self, Self::Session(..)) && session.device != Some(device);
        if unbound || world.device_key_mark(device) != key {
            return Evidence::Unknown(WhyUnknown::NotProven);
        }
        evidence
    }
}

/// Decides a stream again.
pub(crate) fn assess(request: &AccessRequest, proof: DeviceProof, world: &World, now: Timestamp) -> Assessment {
    let ends = |reason| Assessment::Ends { reason, decision: None };
    let same_subject = |session: &&Arc<SessionFacts>| session.subject == request.subject();
    let Some(session) = world.session(&request.session().id).filter(same_subject) else {
        return ends(session_ended());
    };
    if now >= session.expires_at {
        return ends(session_expired());
    }
    if world.resource(request.resource()).is_none() {
        return ends(resource_removed());
    }
    let device = proof.evidence(session, world, now);
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

/// The entities whose change can change the decision: the subject, the resource, the device, and the owners of these two,
/// which policies can read through them. What policies name themselves is the World's to tell.
pub(crate) fn reads(request: &AccessRequest, proof: DeviceProof, world: &World) -> Vec<Handle> {
    let device = match proof {
        DeviceProof::Session(device, _) | DeviceProof::Certificate(device, _) => Some(device),
        DeviceProof::None(_) => request.session().device,
    };
    let mut reads = vec![request.subject(), request.resource()];
    reads.extend(device);
    for entity in std::iter::once(request.resource()).chain(device) {
        if let Some(Fact::Entity(owner)) = world.facts().get(entity).map(|entity| entity.get(Slot::Owner)) {
            reads.push(*owner);
        }
    }
    reads.sort_unstable();
    reads.dedup();
    reads
}
