//! A request seen in one World at one time: the evidence is gathered here, once, before any policy is asked.

use sekisho_model::documents::Grant;
use sekisho_model::facts::Handle;
use sekisho_model::facts::{Fact, Slot};
use sekisho_model::{AccessRequest, Evidence, Text, Timestamp};
use sekisho_policy_information::{Risk, World};

use crate::Reason;
use crate::called::Called;
use crate::evaluate::{Parties, Question};
use crate::reports::Reports;
use crate::situation::{Network, Posture, Session, Situation};

/// What a decision is made from.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    pub world: &'a World,
    pub request: &'a AccessRequest,
    pub now: Timestamp,
    pub parties: Parties<'a>,
    /// The device, as fresh as both the request and the World have it.
    pub device: Evidence<Handle>,
    /// Whether what it reported is fresh.
    pub posture: Posture,
    pub grant: Option<&'a Grant>,
    pub risk: Risk,
    /// Which operation of an API it is.
    pub called: Called<'a>,
    /// The time by the clock, where another one is supposed.
    pub supposed_at: Option<Timestamp>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(world: &'a World, request: &'a AccessRequest, now: Timestamp) -> Self {
        let parties = Parties::of(world.facts(), request.subject(), request.resource(), handle_of(request.device()));
        // INVARIANT I-5: evidence is taken at its weaker reading: a device that became stale or revoked since the request
        // was made is stale or revoked.
        let (device, stale_at) = match *request.device() {
            Evidence::Known(device) => world.device_evidence_until(device, now),
            other => (other, None),
        };
        let posture = stale_at.map_or(Posture::Stale, Posture::Fresh);
        let risk = world.risk_of(request.session(), &device, request.network(), now);
        let grant = world.grant(request.subject(), request.resource(), now);
        let called = Called::of(world, request);
        Self { world, request, now, parties, device, posture, grant, risk, called, supposed_at: None }
    }

    /// Why the request is denied whatever policies say: Sekisho's own rule, which no policy can lift.
    ///
    /// A subject that is not there or not active, a resource that is not there, or a session at its end. It is a rule of
    /// the engine and not a policy in the set, so that no administrator can delete it by mistake.
    pub(crate) fn ineligible(&self) -> Option<Reason> {
        let reason = |code: &str, en, ja| Some(Reason { code: code.to_owned(), text: Text::new(en, ja) });
        // Without the facts that this program cannot read, a policy could permit what they would forbid.
        if self.world.unreadable_kind().is_some() {
            return reason(
                "facts-unreadable",
                "Some facts were written by a newer version of Sekisho that this server cannot read yet.",
                "このサーバーがまだ読み取れない、新しいバージョンの Sekisho による情報があります。",
            );
        }
        let Some(subject) = self.parties.principal else {
            return reason(
                "account-unknown",
                "This account does not exist any more.",
                "このアカウントは存在しません。",
            );
        };
        let active = !Slot::of_type(subject.kind()).contains(&Slot::Status)
            || matches!(subject.get(Slot::Status), Fact::String(status) if status == "active");
        if !active {
            return reason("account-disabled", "This account is disabled.", "このアカウントは無効になっています。");
        }
        if self.now >= self.request.session().expires_at {
            return reason("session-expired", "The session has reached its end.", "セッションの期限が切れました。");
        }
        if self.parties.resource.is_none() {
            return reason("resource-unknown", "This resource does not exist.", "このリソースは存在しません。");
        }
        // INVARIANT I-47: what is no operation of a protected API is denied before any policy is asked.
        self.called.refused()
    }

    /// The question to the policies in a situation, which may be a supposed one.
    pub(crate) fn question<'s>(&self, situation: &'s Situation<'s>) -> Question<'s>
    where
        'a: 's,
    {
        Question {
            facts: self.world.facts(),
            principal: self.request.subject(),
            action: self.request.action(),
            resource: self.request.resource(),
            situation,
            reports: Reports::Of(self.world),
            parties: self.parties,
        }
    }

    /// `context`.
    pub(crate) fn situation(&self) -> Situation<'a> {
        let (session, network) = (self.request.session(), self.request.network());
        let device = handle_of(&self.device);
        let now = self.supposed_at.unwrap_or(self.now);
        // A supposed time moves the session with it, so that it stays as old as it is.
        let moved = |at: Timestamp| at.plus(now.since(self.now));
        Situation {
            now,
            utc_offset_minutes: self.world.time_zone().offset_at(now),
            offset_changes_at: self.world.time_zone().next_change(now),
            network: Network::of(network),
            session: Session {
                established_at: moved(session.established_at),
                authenticated_at: moved(session.authenticated_at),
                methods: session.methods,
                assurance_limit: session.assurance_limit,
                device_bound: device.is_some() || session.device.is_some(),
            },
            device,
            posture: self.posture,
            grant: self.grant.map(|grant| (grant.id.as_str(), grant.until)),
            risk: self.risk.score,
            risk_changes_at: self.risk.changes_at,
            http: self.request.http(),
            operation: self.called.operation(),
        }
    }
}

/// The device of evidence, fresh or stale.
const fn handle_of(device: &Evidence<Handle>) -> Option<Handle> {
    match *device {
        Evidence::Known(device) | Evidence::Stale { value: device, .. } => Some(device),
        Evidence::Unknown(_) => None,
    }
}
