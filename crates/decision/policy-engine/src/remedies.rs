//! Remedies: the smallest sets of changes that would permit, found by asking the policies again in a changed situation.

use sekisho_model::facts::{ContextSlot, Entity, EntityParts, EntityType, Fact, Handle, Slot};
use sekisho_model::{Evidence, Method, Span, Text, Timestamp, WhyUnknown};
use sekisho_policy_information::trust;
use sekisho_policy_language::{Party, Policies};

use crate::ask::Places;
use crate::case::Case;
use crate::every_reading::ask_every;
use crate::situation::{Posture, Situation};
use crate::value::Value;
use crate::{Remedy, Step, wording};

/// A remedy with the permits that it would satisfy.
#[derive(Debug)]
pub(crate) struct Found {
    pub remedy: Remedy,
    pub permits: Places,
}

/// The most network zones that are tried.
const MAX_ZONES: usize = 8;

/// How many conditions one search evaluates at most, so that a refusal delays no other decision for long: with more policies about a
/// request, fewer sets of changes are tried, the smallest first. Without a result, a refusal has no remedy.
const MOST_ASKED: usize = 40_000;

/// How many sets of changes are tried in any case: whether a new sign-in would do comes first.
const LEAST_TRIED: usize = 4;

/// Finds the smallest remedies. Every remedy has the same number of steps, and fewer steps never do.
pub(crate) fn find(policies: &Policies, case: &Case<'_>) -> Vec<Found> {
    let choices = Choices::of(case);
    let each = asked_each_time(policies, case).max(1);
    let mut left = (MOST_ASKED / each).max(LEAST_TRIED);
    for size in 1..=4 {
        let mut found: Vec<(Set, Found)> = Vec::new();
        for set in choices.sets().filter(|set| set.size() == size) {
            // What takes more than another remedy of the same kind is no news.
            if found.iter().any(|(lesser, _)| lesser.is_lesser(&set)) {
                continue;
            }
            let Some(fewer) = left.checked_sub(1) else { break };
            left = fewer;
            if let Some(permits) = would_permit(policies, case, &choices, &set) {
                found.push((set, Found { remedy: describe(case, &choices, &set), permits }));
            }
        }
        if !found.is_empty() || left == 0 {
            return found.into_iter().map(|(_, found)| found).collect();
        }
    }
    Vec::new()
}

/// How many policies speak about the request, whatever the situation: a scope does not read it.
fn asked_each_time(policies: &Policies, case: &Case<'_>) -> usize {
    let (parties, mut count) = (case.parties, 0);
    let principal = Party { handle: case.request.subject(), ancestors: parties.principal_in };
    let resource = Party { handle: case.request.resource(), ancestors: parties.resource_in };
    policies.select(principal, case.request.action(), resource, |_| count += 1);
    count
}

/// What can be changed in a case, each list from the least effort to the most.
struct Choices {
    authenticate: bool,
    devices: Vec<Step>,
    zones: Vec<Option<String>>,
    grant: bool,
}

/// One set of changes: indices into [`Choices`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Set {
    authenticate: bool,
    device: Option<usize>,
    zone: Option<usize>,
    grant: bool,
}

impl Choices {
    fn of(case: &Case<'_>) -> Self {
        let session = case.request.session();
        let fresh = session.methods.contains(Method::Passkey) && session.authenticated_at >= case.now;
        let devices = match case.device {
            // What another person's device needs is that person's to do.
            Evidence::Known(device) | Evidence::Stale { value: device, .. } if is_anothers(case, device) => {
                vec![Step::OtherDevice]
            }
            Evidence::Known(_) => vec![Step::HealDevice, Step::OtherDevice],
            Evidence::Stale { .. } => vec![Step::ReportDevice, Step::HealDevice, Step::OtherDevice],
            Evidence::Unknown(WhyUnknown::NotProven) => vec![Step::ProveDevice],
            Evidence::Unknown(WhyUnknown::NeverReported) => vec![Step::ReportDevice, Step::OtherDevice],
            Evidence::Unknown(WhyUnknown::NotEnrolled) => vec![Step::OtherDevice],
        };
        let configured = case.world.settings().zones.iter().map(|zone| Some(zone.name.clone()));
        let mut zones = vec![None];
        zones.extend(configured.take(MAX_ZONES));
        Self { authenticate: !fresh, devices, zones, grant: case.grant.is_none() }
    }

    fn sets(&self) -> impl Iterator<Item = Set> + '_ {
        let some = |count: usize| std::iter::once(None).chain((0..count).map(Some));
        let either = |possible: bool| std::iter::once(false).chain(possible.then_some(true));
        either(self.grant).flat_map(move |grant| {
            some(self.zones.len()).flat_map(move |zone| {
                some(self.devices.len()).flat_map(move |device| {
                    either(self.authenticate).map(move |authenticate| Set { authenticate, device, zone, grant })
                })
            })
        })
    }

    fn device(&self, set: &Set) -> Option<Step> {
        self.devices.get(set.device?).copied()
    }

    fn zone(&self, set: &Set) -> Option<&Option<String>> {
        self.zones.get(set.zone?)
    }
}

impl Set {
    fn size(&self) -> usize {
        usize::from(self.authenticate)
            + usize::from(self.device.is_some())
            + usize::from(self.zone.is_some())
            + usize::from(self.grant)
    }

    /// Whether this set changes the same things, none of them more.
    fn is_lesser(&self, other: &Self) -> bool {
        let not_more = |a: Option<usize>, b: Option<usize>| match (a, b) {
            (Some(a), Some(b)) => a <= b,
            (a, b) => a.is_none() && b.is_none(),
        };
        // Zones are alternatives of equal effort, but a network without a threat score is the least that can be asked.
        let zone = self.zone == other.zone || (self.zone == Some(0) && other.zone.is_some());
        (self.authenticate, self.grant) == (other.authenticate, other.grant)
            && zone
            && not_more(self.device, other.device)
    }
}

/// The permits that would be satisfied after the changes, if they would permit.
fn would_permit(policies: &Policies, case: &Case<'_>, choices: &Choices, set: &Set) -> Option<Places> {
    let device = choices.device(set);
    let supposed = device.and_then(|step| suppose_device(case, step));
    let mut situation: Situation<'_> = case.situation();
    if set.authenticate {
        situation.session.methods = situation.session.methods.with(Method::Passkey);
        situation.session.authenticated_at = case.now;
    }
    if let Some(step) = device {
        let (handle, _) = supposed.as_ref()?;
        situation.device = Some(*handle);
        situation.session.device_bound = true;
        situation.posture = Posture::Fresh(FAR);
        situation.risk = risk_with(case, step);
    }
    if let Some(zone) = choices.zone(set) {
        situation.network.set(ContextSlot::NetworkThreat, Value::Long(0));
        if let Some(zone) = zone {
            situation.network.set(ContextSlot::NetworkZone, Value::String(zone));
        }
        situation.risk = risk_without_threat(case, device);
    }
    if set.grant {
        situation.grant = Some(("supposed", case.now.plus(Span::from_minutes(60))));
    }
    let mut question = case.question(&situation);
    if let Some((handle, entity)) = &supposed {
        question.parties.device = Some((*handle, Some(entity)));
    }
    let answer = ask_every(policies, question);
    answer.is_permit().then_some(answer.permits)
}

const FAR: Timestamp = Timestamp::from_millis(i64::MAX);

/// Whether a device is assigned to somebody else than the requester.
fn is_anothers(case: &Case<'_>, device: Handle) -> bool {
    let owner = case.world.facts().get(device).map(|entity| entity.get(Slot::Owner));
    matches!(owner, Some(Fact::Entity(owner)) if *owner != case.request.subject())
}

/// The device as it would be after a step.
fn suppose_device(case: &Case<'_>, step: Step) -> Option<(Handle, Entity)> {
    let facts = case.world.facts();
    let own = match case.device {
        Evidence::Known(device) | Evidence::Stale { value: device, .. } => Some(device),
        Evidence::Unknown(WhyUnknown::NeverReported) => case.request.session().device,
        Evidence::Unknown(_) => None,
    };
    let own = own.and_then(|device| Some((device, facts.get(device)?)));
    match (step, own, case.device) {
        (Step::ReportDevice, Some((device, entity)), Evidence::Stale { .. }) => Some((device, entity.clone())),
        (Step::ReportDevice | Step::HealDevice, Some((device, entity)), _) => {
            let risk = case.world.entity_risk(device, case.now).without(trust::NOT_COMPLIANT).score;
            Some((device, healed(entity, risk)))
        }
        _ => {
            // A name that no document can have: the device is any good one.
            let device = facts.interner().intern(EntityType::Device, "?").ok()?;
            let platform = own.map(|(_, entity)| entity.get(Slot::Platform).clone());
            Some((device, good_device(case.request.subject(), platform)))
        }
    }
}

fn healed(entity: &Entity, risk: u8) -> Entity {
    let mut attributes: Vec<(Slot, Fact)> = entity
        .attributes()
        .filter(|(slot, _)| !slot.is_posture() && *slot != Slot::Risk)
        .map(|(slot, fact)| (slot, fact.clone()))
        .collect();
    attributes.extend(good_posture());
    attributes.push((Slot::Risk, Fact::Long(i64::from(risk))));
    Entity::new(EntityType::Device, EntityParts { attributes, ..EntityParts::default() })
}

fn good_device(owner: Handle, platform: Option<Fact>) -> Entity {
    let mut attributes = vec![
        (Slot::Owner, Fact::Entity(owner)),
        (Slot::Managed, Fact::Bool(true)),
        (Slot::Ownership, Fact::string("corporate")),
        (Slot::Platform, platform.unwrap_or_else(|| Fact::string("linux"))),
        (Slot::Risk, Fact::Long(0)),
    ];
    attributes.extend(good_posture());
    Entity::new(EntityType::Device, EntityParts { attributes, ..EntityParts::default() })
}

fn good_posture() -> [(Slot, Fact); 5] {
    [
        (Slot::Compliant, Fact::Bool(true)),
        (Slot::FailingChecks, Fact::set([])),
        (Slot::Tier, Fact::Long(4)),
        (Slot::WorstVulnerability, Fact::Long(0)),
        (Slot::KnownExploited, Fact::Bool(false)),
    ]
}

/// The risk that would be left with the device as a step would make it.
fn risk_with(case: &Case<'_>, step: Step) -> u8 {
    risk_parts(case, Some(step)).score
}

fn risk_without_threat(case: &Case<'_>, device: Option<Step>) -> u8 {
    risk_parts(case, device).without(trust::THREAT_ADDRESS).score
}

fn risk_parts(case: &Case<'_>, step: Option<Step>) -> sekisho_policy_information::Risk {
    let (request, now) = (case.request, case.now);
    let risk = |device| case.world.risk_of(request.session(), device, request.network(), now);
    match step {
        None => risk(&case.device),
        Some(Step::ReportDevice) => risk(&case.device),
        Some(Step::HealDevice) => risk(&case.device).without(trust::NOT_COMPLIANT),
        Some(_) => risk(&Evidence::Unknown(WhyUnknown::NotProven)),
    }
}

fn describe(case: &Case<'_>, choices: &Choices, set: &Set) -> Remedy {
    let zone = choices.zone(set).and_then(Option::as_deref);
    let steps: Vec<Step> = set
        .authenticate
        .then_some(Step::Authenticate)
        .into_iter()
        .chain(choices.device(set))
        .chain(set.zone.map(|_| Step::OtherNetwork))
        .chain(set.grant.then_some(Step::Grant))
        .collect();
    let code = steps.iter().map(|step| step.code()).collect::<Vec<_>>().join("+");
    let texts: Vec<Text> = steps.iter().map(|step| wording::step(case, *step, zone)).collect();
    Remedy { code, text: wording::join(&texts), steps }
}
