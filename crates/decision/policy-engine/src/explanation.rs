//! A decision taken apart for a person: each policy that could speak about the request as a list of conditions, which of them hold, and
//! the values that they read. It decides nothing: [`decide`](crate::decide) alone does.

use sekisho_model::facts::{EntityType, Handle, Interner};
use sekisho_model::{AccessRequest, PolicyId, Timestamp};
use sekisho_policy_information::World;
use sekisho_policy_language::node::{Node, NodeId, Unary};
use sekisho_policy_language::{Compiled, Effect, Policies, Side, entity_text};

use crate::actual_values::{ActualValue, names, of_term};
use crate::case::Case;
use crate::evaluate::{Evaluator, Fault};
use crate::supposed::Supposed;

/// How many policies are taken apart: the nearest. The others are counted.
const MOST: usize = 12;
/// How many policies are compared for which are the nearest.
const MOST_COMPARED: usize = 2_000;

/// The policies about a request, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The nearest ones: forbids that are satisfied, permits that are satisfied, then those of which the fewest conditions fail.
    pub policies: Vec<ExplainedPolicy>,
    /// How many more there are.
    pub more: usize,
}

/// One policy taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedPolicy {
    /// Which.
    pub id: PolicyId,
    /// Whether it permits or forbids.
    pub effect: Effect,
    /// Whether it is only reported on.
    pub report_only: bool,
    /// Whether all its conditions hold.
    pub satisfied: bool,
    /// What must hold, in order. Empty for a policy that asks for nothing.
    pub conditions: Vec<Condition>,
}

impl ExplainedPolicy {
    /// Whether it permits, and does not forbid.
    #[must_use]
    pub fn permits(&self) -> bool {
        self.effect == Effect::Permit
    }
}

/// One thing that a policy asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// As the policy language writes it.
    pub text: String,
    /// Whether it holds.
    pub state: State,
    /// What it reads, as it is.
    pub values: Vec<ActualValue>,
    /// The group that it asks the subject to be in, where it asks for that alone.
    pub group: Option<String>,
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It does.
    Holds,
    /// It does not.
    Fails,
    /// A value that it reads is not there.
    Missing,
    /// It is not asked, because one before it does not hold.
    NotAsked,
}

impl State {
    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Missing => "missing",
            Self::NotAsked => "not-asked",
        }
    }
}

/// Takes the policies about a request apart, as of that World. `risk` replaces the risk that would be weighed now, with one that was
/// recorded.
#[must_use]
pub fn explain(
    policies: &Policies,
    world: &World,
    request: &AccessRequest,
    now: Timestamp,
    risk: Option<u8>,
    supposed: &Supposed,
) -> Explanation {
    let mut case = Case::new(world, request, now);
    let principal = supposed.principal(&case);
    case.suppose(supposed, principal.as_ref());
    let mut situation = case.situation();
    if let Some(risk) = risk {
        situation.risk = risk;
    }
    let question = case.question(&situation);
    let mut part = Part {
        policies,
        interner: world.facts().interner(),
        case: &case,
        evaluator: Evaluator::new(policies.program(), question),
    };
    let about = policies.compiled().iter().enumerate().filter(|(_, policy)| part.is_about(policy));
    let mut ranked: Vec<(Rank, usize, &Compiled)> = Vec::new();
    let mut total = 0;
    for (place, policy) in about.collect::<Vec<_>>() {
        total += 1;
        if total <= MOST_COMPARED {
            ranked.push((part.rank(policy), place, policy));
        }
    }
    ranked.sort_unstable_by_key(|(rank, place, _)| (*rank, *place));
    let nearest = ranked.iter().take(MOST).filter_map(|(_, place, policy)| part.explained(*place, policy));
    let policies: Vec<ExplainedPolicy> = nearest.collect();
    Explanation { more: total - policies.len(), policies }
}

/// In which order policies are shown: what forbids, what permits, then permits by how many of their conditions fail, then the rest.
type Rank = (u8, usize);

struct Part<'a> {
    policies: &'a Policies,
    interner: &'a Interner,
    case: &'a Case<'a>,
    evaluator: Evaluator<'a>,
}

impl Part<'_> {
    /// Whether a policy speaks about this action on this resource, for any subject.
    fn is_about(&self, policy: &Compiled) -> bool {
        let (request, parties) = (self.case.request, &self.case.parties);
        policy.scope.actions.contains(request.action())
            && policy.scope.resource.admits(request.resource(), parties.resource_in)
    }

    fn rank(&mut self, policy: &Compiled) -> Rank {
        let outcomes = self.outcomes(policy);
        let failing = outcomes.iter().filter(|(_, outcome)| *outcome != Ok(true)).count()
            + usize::from(!self.principal_admitted(policy.scope.principal));
        match (policy.effect, failing) {
            (Effect::Forbid, 0) => (0, 0),
            (Effect::Permit, 0) => (1, 0),
            (Effect::Permit, failing) => (2, failing),
            (Effect::Forbid, failing) => (3, failing),
        }
    }

    fn outcomes(&mut self, policy: &Compiled) -> Vec<(NodeId, Result<bool, Fault>)> {
        let terms = self.policies.program().terms(policy.condition);
        terms.iter().map(|term| (*term, self.evaluator.term(*term))).collect()
    }

    fn principal_admitted(&self, side: Side) -> bool {
        side.admits(self.case.request.subject(), self.case.parties.principal_in)
    }

    fn explained(&mut self, place: usize, policy: &Compiled) -> Option<ExplainedPolicy> {
        let meta = self.policies.metas().get(place)?;
        let mut conditions: Vec<Condition> = self.of_scope(policy.scope.principal).into_iter().collect();
        let mut asked = conditions.iter().all(|condition| condition.state == State::Holds);
        for (term, outcome) in self.outcomes(policy) {
            let state = match (asked, outcome) {
                (true, Ok(true)) => State::Holds,
                (true, Ok(false)) => State::Fails,
                (true, Err(_)) => State::Missing,
                // What does not hold by itself is worth knowing even where it was not asked.
                (false, Ok(true)) => State::Holds,
                (false, Ok(false)) => State::Fails,
                (false, Err(_)) => State::NotAsked,
            };
            asked &= outcome == Ok(true);
            conditions.push(self.condition(term, state));
        }
        let satisfied = conditions.iter().all(|condition| condition.state == State::Holds);
        let (id, effect, report_only) = (meta.id.clone(), policy.effect, policy.report_only);
        Some(ExplainedPolicy { id, effect, report_only, satisfied, conditions })
    }

    /// What the scope asks of the subject.
    fn of_scope(&self, side: Side) -> Option<Condition> {
        let entity = |handle| entity_text(handle, self.interner);
        let (text, group) = match side {
            Side::Any => return None,
            Side::Is(kind) => (format!("principal is {}", short(kind)), None),
            Side::Equal(handle) => (format!("principal == {}", entity(handle)), None),
            Side::In(group) => (format!("principal in {}", entity(group)), Some(group)),
            Side::IsIn(kind, group) => (format!("principal is {} in {}", short(kind), entity(group)), Some(group)),
        };
        let state = if self.principal_admitted(side) { State::Holds } else { State::Fails };
        let value = match group {
            Some(_) => names("principal in", self.case.parties.principal_in, self.interner),
            None => ActualValue::principal(entity(self.case.request.subject())),
        };
        Some(Condition { text, state, values: vec![value], group: group.and_then(|group| self.group(group)) })
    }

    fn condition(&mut self, term: NodeId, state: State) -> Condition {
        let program = self.policies.program();
        let group = match program.node(term) {
            Some(Node::Binary(sekisho_policy_language::node::Binary::In, left, right)) => {
                match (program.node(*left), program.node(*right)) {
                    (Some(Node::Principal), Some(Node::Entity(group))) => self.group(*group),
                    _ => None,
                }
            }
            _ => None,
        };
        let text = match program.node(term) {
            Some(Node::Unary(Unary::Not, of)) => format!("not: {}", program.written(*of, self.interner)),
            _ => program.written(term, self.interner),
        };
        Condition { text, state, values: of_term(&mut self.evaluator, self.interner, term), group }
    }

    fn group(&self, handle: Handle) -> Option<String> {
        (handle.kind() == EntityType::Group).then(|| self.interner.name(handle).to_string())
    }
}

fn short(kind: EntityType) -> &'static str {
    kind.name().rsplit("::").next().unwrap_or_default()
}
