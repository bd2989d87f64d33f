//! A loaded policy set.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy::pst::Policy as Tree;
use sekisho_model::facts::Interner;
use sekisho_model::{Action, PolicyId};

use crate::compiled::Compiled;
use crate::index::{Candidate, Index, Party};
use crate::load::Origin;
use crate::program::Program;
use crate::{Obligation, PolicyMeta, PolicyProblem, PolicyText, load, warnings};

/// What the parser, the validator and the lowering may use: the scanner's caps keep them far below it.
const STACK: usize = 256 * 1024 * 1024;

/// A validated policy set, ready to evaluate. Immutable; shared as `Arc<Policies>`.
#[derive(Debug, Default)]
pub struct Policies {
    metas: Vec<PolicyMeta>,
    compiled: Vec<Compiled>,
    places: BTreeMap<PolicyId, u32>,
    /// The places of those that oblige to something, in order: few, and a permit need not look at the others.
    obliging: Vec<u32>,
    program: Program,
    index: Index,
    reference: Vec<cedar_policy::Policy>,
    warnings: Vec<PolicyProblem>,
    /// What kept permits of a stored set from counting.
    unknown: Vec<PolicyProblem>,
    /// The syntax tree of each policy, in the same order, for loading it again; `None` where something is warned of.
    trees: Vec<Option<Arc<Tree>>>,
}

/// What was parsed and validated of each policy, in one order.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub metas: Vec<PolicyMeta>,
    pub reference: Vec<cedar_policy::Policy>,
    pub trees: Vec<Option<Arc<Tree>>>,
}

impl Policies {
    /// No policy: nothing is permitted.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Loads a set. Entities that policies name are interned; they need not exist.
    ///
    /// # Errors
    /// Every problem that was found. A set with a problem is refused whole.
    pub fn load(texts: &[PolicyText], interner: &Interner) -> Result<Self, Vec<PolicyProblem>> {
        Self::loaded(&Self::empty(), texts, interner, Origin::Written)
    }

    /// Loads a stored set in the place of another one, of which only what differs is parsed and validated. The result is that of
    /// [`Policies::load`], but that a permit with an annotation or obligation of another version counts as absent
    /// ([`Policies::unknown`]), and a forbid with one counts.
    ///
    /// # Errors
    /// As [`Policies::load`].
    pub fn load_after(before: &Self, texts: &[PolicyText], interner: &Interner) -> Result<Self, Vec<PolicyProblem>> {
        Self::loaded(before, texts, interner, Origin::Stored)
    }

    fn loaded(
        before: &Self,
        texts: &[PolicyText],
        interner: &Interner,
        origin: Origin,
    ) -> Result<Self, Vec<PolicyProblem>> {
        let failed = |message: String| {
            let fix = "free memory and load again".to_owned();
            Err(vec![PolicyProblem { file: String::new(), line: 1, column: 1, message, fix }])
        };
        std::thread::scope(|scope| {
            let builder = std::thread::Builder::new().name("policy-load".to_owned()).stack_size(STACK);
            match builder.spawn_scoped(scope, || load::load(before, texts, interner, origin)) {
                Ok(thread) => thread.join().unwrap_or_else(|_| failed("loading stopped unexpectedly".to_owned())),
                Err(error) => failed(format!("no thread to load on: {error}")),
            }
        })
    }

    pub(crate) fn new(
        checked: Checked,
        compiled: Vec<Compiled>,
        program: Program,
        warnings: Vec<PolicyProblem>,
    ) -> Self {
        let Checked { metas, reference, trees } = checked;
        let index = Index::new(&compiled);
        let places = (0..).zip(&metas).map(|(place, meta)| (meta.id.clone(), place)).collect();
        let obliging =
            (0..).zip(&metas).filter(|(_, meta)| !meta.obligations.is_empty()).map(|(place, _)| place).collect();
        Self { metas, compiled, places, obliging, program, index, reference, warnings, unknown: Vec::new(), trees }
    }

    pub(crate) fn without(self, unknown: Vec<PolicyProblem>) -> Self {
        Self { unknown, ..self }
    }

    /// What this version does not know in a stored set: the permits with it do not count.
    #[must_use]
    pub fn unknown(&self) -> &[PolicyProblem] {
        &self.unknown
    }

    pub(crate) fn trees(&self) -> &[Option<Arc<Tree>>] {
        &self.trees
    }

    /// Every policy, in order of file and place.
    #[must_use]
    pub fn metas(&self) -> &[PolicyMeta] {
        &self.metas
    }

    /// What is valid and probably not meant, in order of file and line: a condition that never holds, a text that can be taken for
    /// another one, a policy that closes everything.
    #[must_use]
    pub fn warnings(&self) -> &[PolicyProblem] {
        &self.warnings
    }

    /// The permits in force that name no resource, in their scope or in a condition: they open every resource, the console included.
    pub fn opening(&self) -> impl Iterator<Item = &PolicyMeta> {
        let opens = |policy: &Compiled| warnings::opens_everything(policy, &self.program);
        self.metas.iter().zip(&self.compiled).filter(move |(_, policy)| opens(policy)).map(|(meta, _)| meta)
    }

    /// The policy with that identifier.
    #[must_use]
    pub fn meta(&self, id: &PolicyId) -> Option<&PolicyMeta> {
        self.places.get(id).and_then(|place| self.metas.get(*place as usize))
    }

    /// How many policies there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.metas.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.metas.is_empty()
    }

    /// Calls `visit` with every policy whose scope admits the request, each once, in no particular order.
    #[inline]
    pub fn select(&self, principal: Party<'_>, action: Action, resource: Party<'_>, mut visit: impl FnMut(Candidate)) {
        self.index.select(principal, action, resource, &mut visit);
    }

    /// What is known of the policy at a place that [`Policies::select`] gave.
    #[must_use]
    pub fn at(&self, place: u32) -> Option<&PolicyMeta> {
        self.metas.get(place as usize)
    }

    /// What the policy at a place obliges to.
    #[must_use]
    pub fn obligations(&self, place: u32) -> &[Obligation] {
        self.obliging.binary_search(&place).ok().and_then(|_| self.at(place)).map_or(&[], |meta| &meta.obligations)
    }

    /// The same policies as they are evaluated, in the same order.
    #[must_use]
    pub fn compiled(&self) -> &[Compiled] {
        &self.compiled
    }

    /// The conditions.
    #[must_use]
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// The same policies as the `cedar-policy` crate reads them, in the same order: the reference for the shadow check.
    #[must_use]
    pub fn reference(&self) -> &[cedar_policy::Policy] {
        &self.reference
    }
}
