//! What a plan would do to people: who gains access, who loses it, and which sessions lose some.
//!
//! Each person is asked for in the World before and in the World after the plan, as if they had just signed in with a passkey,
//! from each of their devices that reported lately and from none. Live sessions are asked for as they are. The number of
//! questions is bounded; beyond it, the figures are lower bounds.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use sekisho_capability::supposed::{self, KnownDevices};
use sekisho_model::facts::{EntityType, Fact, Handle, Slot};
use sekisho_model::{Action, Evidence, SessionFacts, Timestamp};
use sekisho_policy_engine::is_permitted;
use sekisho_policy_information::{Scope, Touched, World};
use sekisho_policy_language::Side;
use serde::{Deserialize, Serialize};

/// How many pairs of a person or session and a resource are compared.
const MOST_PAIRS: usize = 20_000;
/// How many of the people who gain or lose access are named.
const MOST_NAMED: usize = 12;
/// How many of the resources are named for each of them.
const MOST_RESOURCES: usize = 8;
/// How many policies may speak about everybody and everything before fewer pairs are compared.
const MANY_OPEN: usize = 100;

/// What a plan would do to people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    /// How many people could reach something that they could not reach before.
    pub gain: usize,
    /// How many people could no longer reach something that they could reach before.
    pub lose: usize,
    /// How many live sessions end, or lose something that they could reach.
    pub sessions_cut: usize,
    /// The first people who gain, each with what they gain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaining: Vec<Affected>,
    /// The first people who lose, each with what they lose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losing: Vec<Affected>,
    /// Whether the organisation is too large to compare whole: the figures are lower bounds then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_least: bool,
}

/// Somebody who gains or loses access, and to what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// Their account.
    pub account: String,
    /// The first resources.
    pub resources: Vec<String>,
    /// How many more resources there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { gain, lose, sessions_cut, at_least, .. } = self;
        let prefix = if *at_least { "at least " } else { "" };
        let (session, loses) = if *sessions_cut == 1 { ("session", "loses") } else { ("sessions", "lose") };
        write!(f, "{prefix}{gain} gain access, {lose} lose access, {sessions_cut} live {session} {loses} access")
    }
}

/// Compares two Worlds of one builder, the second published after the first.
pub(crate) fn impact(before: &World, after: &World, now: Timestamp) -> Impact {
    let Some(scope) = Touch::between(before, after) else { return Impact::default() };
    let devices = [before, after].map(|world| KnownDevices::of(world, now));
    let mut comparison = Comparison { before, after, devices, now, left: pairs(before).min(pairs(after)) };
    let (mut impact, people) = (Impact::default(), scope.people(before, after));
    for session in before.sessions().filter(|session| now < session.expires_at) {
        if comparison.left == 0 {
            break;
        }
        if scope.concerns_session(session) || people.contains_key(&session.subject) {
            impact.sessions_cut += usize::from(comparison.cuts(session));
        }
    }
    for (user, resources) in people {
        if comparison.left == 0 {
            break;
        }
        let (gains, loses) = comparison.of_person(user, &resources);
        if !gains.is_empty() {
            impact.gain += 1;
            name(&mut impact.gaining, after, (user, &gains));
        }
        if !loses.is_empty() {
            impact.lose += 1;
            name(&mut impact.losing, before, (user, &loses));
        }
    }
    impact.at_least = comparison.left == 0;
    impact
}

fn name(named: &mut Vec<Affected>, world: &World, (user, resources): (Handle, &[Handle])) {
    if named.len() < MOST_NAMED {
        let first = resources.iter().take(MOST_RESOURCES);
        named.push(Affected {
            account: world.id(user).to_string(),
            resources: first.map(|resource| world.id(*resource).to_string()).collect(),
            more: resources.len().saturating_sub(MOST_RESOURCES),
        });
    }
}

/// How many pairs are compared in a World: fewer with more policies that speak about everybody and everything, since each pair asks all
/// of these.
fn pairs(world: &World) -> usize {
    let is_open = |side: Side| matches!(side, Side::Any | Side::Is(_));
    let open = world.policies().compiled().iter();
    let open = open.filter(|policy| is_open(policy.scope.principal) && is_open(policy.scope.resource)).count();
    MOST_PAIRS.saturating_mul(MANY_OPEN) / open.max(MANY_OPEN)
}

/// What differs between two Worlds.
enum Touch {
    Everything,
    Only { entities: BTreeSet<Handle>, sessions: BTreeSet<sekisho_model::SessionId> },
}

impl Touch {
    fn between(before: &World, after: &World) -> Option<Self> {
        let publications = match after.touched_since(before.publication()) {
            Touched::Nothing => return None,
            Touched::Everything { .. } => return Some(Self::Everything),
            Touched::Publications(publications) => publications,
        };
        let (mut all, mut of_session) = (BTreeSet::new(), BTreeSet::new());
        for publication in publications {
            match &publication.scope {
                Scope::Everything => return Some(Self::Everything),
                Scope::Only { entities, sessions } => {
                    all.extend(entities.iter().copied());
                    of_session.extend(sessions.iter().copied());
                }
            }
        }
        Some(Self::Only { entities: all, sessions: of_session })
    }

    fn concerns_session(&self, session: &SessionFacts) -> bool {
        match self {
            Self::Everything => true,
            Self::Only { entities, sessions } => {
                sessions.contains(&session.id) || session.device.is_some_and(|device| entities.contains(&device))
            }
        }
    }

    /// The people for whom something may differ, each with the resources to ask for.
    fn people(&self, before: &World, after: &World) -> BTreeMap<Handle, Rc<[Handle]>> {
        let all: Rc<[Handle]> = resources(before, after).into();
        let everybody = || before.users().chain(after.users());
        let Self::Only { entities, .. } = self else {
            return everybody().map(|user| (user, Rc::clone(&all))).collect();
        };
        let touched: Rc<[Handle]> = all.iter().copied().filter(|resource| entities.contains(resource)).collect();
        let mut people: BTreeMap<Handle, Rc<[Handle]>> = BTreeMap::new();
        if !touched.is_empty() {
            people.extend(everybody().map(|user| (user, Rc::clone(&touched))));
        }
        let owner = |device: Handle| [before, after].map(|world| owner_of(world, device));
        let devices = entities.iter().filter(|entity| entity.kind() == EntityType::Device);
        let owners = devices.flat_map(|device| owner(*device)).flatten();
        let users = entities.iter().copied().filter(|entity| entity.kind() == EntityType::User);
        people.extend(users.chain(owners).map(|user| (user, Rc::clone(&all))));
        people
    }
}

fn owner_of(world: &World, device: Handle) -> Option<Handle> {
    match world.facts().get(device)?.get(Slot::Owner) {
        Fact::Entity(owner) => Some(*owner),
        _ => None,
    }
}

fn resources(before: &World, after: &World) -> Vec<Handle> {
    let all: BTreeSet<Handle> = before.resources().chain(after.resources()).map(|(resource, _)| resource).collect();
    all.into_iter().collect()
}

/// The two Worlds, and how many pairs may still be compared.
struct Comparison<'a> {
    before: &'a World,
    after: &'a World,
    devices: [KnownDevices; 2],
    now: Timestamp,
    left: usize,
}

impl Comparison<'_> {
    /// Whether a session ends, or loses something that it could reach.
    fn cuts(&mut self, session: &Arc<SessionFacts>) -> bool {
        let Some(later) = self.after.session(&session.id) else { return true };
        let before = self.before;
        before.resources().any(|(resource, _)| {
            if !self.may_compare() {
                return false;
            }
            let of = |world: &World, session: &Arc<SessionFacts>| {
                let device = world.device_of(None, session, self.now);
                self.reaches(world, session, &[device], resource)
            };
            of(self.before, session) && !of(self.after, later)
        })
    }

    /// What a person gains, and what they lose.
    fn of_person(&mut self, user: Handle, resources: &[Handle]) -> (Vec<Handle>, Vec<Handle>) {
        let session = supposed::session(user, self.now);
        let devices = self.devices.each_ref().map(|devices| devices.of_person(user));
        let (mut gains, mut loses) = (Vec::new(), Vec::new());
        for resource in resources {
            if !self.may_compare() {
                break;
            }
            let [devices_before, devices_after] = &devices;
            let was = self.reaches(self.before, &session, devices_before, *resource);
            let will_be = self.reaches(self.after, &session, devices_after, *resource);
            match (was, will_be) {
                (false, true) => gains.push(*resource),
                (true, false) => loses.push(*resource),
                _ => {}
            }
        }
        (gains, loses)
    }

    fn may_compare(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }

    fn reaches(
        &self,
        world: &World,
        session: &Arc<SessionFacts>,
        devices: &[Evidence<Handle>],
        resource: Handle,
    ) -> bool {
        devices.iter().any(|device| {
            [Action::Read, Action::Connect].into_iter().any(|action| {
                let request = supposed::request(world, session, *device, resource, action);
                is_permitted(world.policies(), world, &request, self.now)
            })
        })
    }
}
