//! What if: the request of a recorded decision asked again, as things stand now and with something supposed. It records nothing and
//! permits nothing.
//!
//! The record of a decision holds who asked, from what, for what, when, by which request and with which risk. It does not hold the facts
//! of that time: these are taken as they are now.

use std::net::IpAddr;
use std::sync::Arc;

use arcstr::ArcStr;
use sekisho_capability::supposed;
use sekisho_model::facts::{EntityType, Handle};
use sekisho_model::{
    AccessRequest, DecisionRecord, Evidence, Host, HttpFacts, Method, MethodSet, RequestParts, SessionFacts, Timestamp,
    WhyUnknown,
};
use sekisho_policy_engine::{Explanation, Supposed, Supposition, explain, suppose};
use sekisho_policy_information::World;

/// The request of a record, with today's facts.
#[derive(Debug, Clone)]
pub struct AskedAgain<'a> {
    world: &'a World,
    record: &'a DecisionRecord,
    request: AccessRequest,
    /// Whether its session is still there. Where it is not, what had been proven in it is not known.
    pub knows_session: bool,
}

/// Why a record cannot be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAskable {
    /// Nobody was signed in, or the subject is gone.
    #[error("nobody was signed in, or the account is no longer there")]
    NoSubject,
    /// The resource is gone.
    #[error("the resource is no longer there")]
    NoResource,
}

/// What is supposed: everything else is as it was recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhatIf {
    /// A group that the subject is in.
    pub join: Option<String>,
    /// A group that the subject is not in.
    pub leave: Option<String>,
    /// The device that is proven; an empty name for none.
    pub device: Option<String>,
    /// How the subject signed in, just now.
    pub methods: Option<MethodSet>,
    /// The time by the clock.
    pub at: Option<Timestamp>,
    /// The address that the request comes from.
    pub address: Option<IpAddr>,
}

/// What names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongSupposition {
    /// There is no such group.
    #[error("there is no such group")]
    Group,
    /// There is no such device.
    #[error("there is no such device")]
    Device,
}

/// Both answers, and the policies as they would stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// What would be decided now.
    pub now: Supposition,
    /// What would be decided with what is supposed.
    pub then: Supposition,
    /// The policies with what is supposed.
    pub policies: Explanation,
}

impl<'a> AskedAgain<'a> {
    /// The request of a record, as far as its parties are still there.
    ///
    /// # Errors
    /// [`NotAskable`].
    pub fn of(world: &'a World, record: &'a DecisionRecord) -> Result<Self, NotAskable> {
        let find = |kind, name: &str| world.facts().find(kind, name);
        let subject = record.subject.as_deref().and_then(|subject| match subject.strip_prefix("workload:") {
            Some(workload) => find(EntityType::Workload, workload),
            None => find(EntityType::User, subject),
        });
        let subject = subject.ok_or(NotAskable::NoSubject)?;
        let resource = record.resource.as_deref().and_then(|resource| find(EntityType::Resource, resource));
        let (resource, action) = resource.zip(record.action).ok_or(NotAskable::NoResource)?;
        let live = record.session.and_then(|id| world.session(&id)).filter(|session| session.subject == subject);
        let session = live.map_or_else(|| supposed::session(subject, record.at), Arc::clone);
        let request = AccessRequest::new(RequestParts {
            id: record.request.clone(),
            device: device(world, record, &session),
            session,
            resource,
            action,
            network: world.network(record.address.parse().unwrap_or(supposed::NOWHERE)),
            http: http(record),
        });
        Ok(Self { world, record, request, knows_session: live.is_some() })
    }

    /// Whether the facts are those that were decided on: no fact changed since.
    #[must_use]
    pub fn has_same_facts(&self) -> bool {
        self.knows_session && self.world.revision() == self.record.world
    }

    /// The policies about it at the time of the decision, with today's facts.
    #[must_use]
    pub fn explain(&self) -> Explanation {
        let (policies, nothing) = (self.world.policies(), Supposed::default());
        explain(policies, self.world, &self.request, self.record.at, Some(self.record.risk), &nothing)
    }

    /// Asks again, as things stand and with what is supposed.
    ///
    /// # Errors
    /// [`WrongSupposition`].
    pub fn compare(&self, what_if: &WhatIf, now: Timestamp) -> Result<Compared, WrongSupposition> {
        let (world, policies) = (self.world, self.world.policies());
        let group = |name: &Option<String>| match name.as_deref() {
            None => Ok(Vec::new()),
            Some(name) => {
                world.facts().find(EntityType::Group, name).map(|group| vec![group]).ok_or(WrongSupposition::Group)
            }
        };
        let supposed = Supposed { joined: group(&what_if.join)?, left: group(&what_if.leave)?, at: what_if.at };
        let standing = self.standing(now);
        let request = with(world, &standing, what_if, now)?;
        Ok(Compared {
            now: suppose(policies, world, &standing, now, &Supposed::default()),
            then: suppose(policies, world, &request, now, &supposed),
            policies: explain(policies, world, &request, now, None, &supposed),
        })
    }

    /// The request made now. Where the session is gone, its subject has just signed in with a passkey.
    fn standing(&self, now: Timestamp) -> AccessRequest {
        let request = &self.request;
        let session = match self.knows_session && now < request.session().expires_at {
            true => Arc::clone(request.session()),
            false => supposed::session(request.subject(), now),
        };
        let device = match *request.device() {
            Evidence::Known(device) | Evidence::Stale { value: device, .. } => self.world.device_evidence(device, now),
            unknown => unknown,
        };
        request.refreshed(session, device, request.network().clone())
    }
}

/// The request with what is supposed of its session, device and network.
fn with(
    world: &World,
    request: &AccessRequest,
    what_if: &WhatIf,
    now: Timestamp,
) -> Result<AccessRequest, WrongSupposition> {
    let mut session = SessionFacts::clone(request.session());
    let mut device = *request.device();
    if let Some(methods) = what_if.methods {
        session = SessionFacts { methods, authenticated_at: now, assurance_limit: None, ..session };
    }
    match what_if.device.as_deref() {
        None => {}
        Some("") => (device, session.device) = (Evidence::Unknown(WhyUnknown::NotProven), None),
        Some(name) => {
            let handle = world.device(name).ok_or(WrongSupposition::Device)?;
            (device, session.device) = (world.device_evidence(handle, now), Some(handle));
        }
    }
    let network = what_if.address.map_or_else(|| request.network().clone(), |address| world.network(address));
    Ok(request.refreshed(Arc::new(session), device, network))
}

/// The device as it stands at the time of the decision. The record names one only where it was known: where it was stale, that of the
/// session is taken.
fn device(world: &World, record: &DecisionRecord, session: &SessionFacts) -> Evidence<Handle> {
    const SILENT: [&str; 2] = ["device-posture-stale", "device-never-reported"];
    let named = record.device.as_deref().and_then(|device| world.facts().find(EntityType::Device, device));
    let is_silent = record.reasons.iter().any(|reason| SILENT.contains(&reason.as_str()));
    match named.or(session.device.filter(|_| is_silent)) {
        Some(device) => world.device_evidence(device, record.at),
        None => Evidence::Unknown(WhyUnknown::NotProven),
    }
}

fn http(record: &DecisionRecord) -> Option<HttpFacts> {
    let (method, path) = (record.method.as_deref()?, record.path.as_deref()?);
    let host: Host = record.host.as_deref()?.parse().ok()?;
    Some(HttpFacts::new(ArcStr::from(method), ArcStr::from(path), host))
}

/// The methods by which a level of assurance is reached: 1 a password, 2 a password and a one-time code, 3 a passkey.
#[must_use]
pub const fn methods_of(assurance: u8) -> Option<MethodSet> {
    match assurance {
        1 => Some(MethodSet::EMPTY.with(Method::Password)),
        2 => Some(MethodSet::EMPTY.with(Method::Password).with(Method::Totp)),
        3 => Some(MethodSet::EMPTY.with(Method::Passkey)),
        _ => None,
    }
}
