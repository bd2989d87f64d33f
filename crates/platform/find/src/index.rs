//! What a World names, in order. An entry is a few bytes: its text is read from the World when it is compared.

use std::collections::BTreeSet;
use std::sync::Arc;

use sekisho_model::facts::{EntityType, Handle};
use sekisho_policy_information::{Scope, Touched, World};

use crate::found::{Found, Order};
use crate::names::{TYPES, text, texts};
use crate::text::{Typed, folded, words};

/// More changed entities than this are sorted in again together with all others.
const FEW: usize = 256;

/// The entities of a World by what they are called. Clones share what did not change.
#[derive(Debug, Clone)]
pub struct Index {
    pub(crate) world: Arc<World>,
    kinds: [Arc<Names>; TYPES.len()],
}

/// The entities of one type.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    /// In the order of their identifiers.
    pub(crate) ids: Vec<Handle>,
    /// The words that they are called by, in order, but for the beginnings of identifiers.
    pub(crate) words: Vec<Word>,
}

/// One word by which an entity is called: where in which of its texts it begins. Its key is the rest of that text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) handle: Handle,
    pub(crate) text: u8,
    pub(crate) at: u16,
}

impl Word {
    pub(crate) fn key(self, world: &World) -> String {
        let whole = folded(&text(world, self.handle, self.text));
        whole.get(usize::from(self.at)..).unwrap_or_default().to_owned()
    }
}

impl Index {
    /// The index of a World.
    #[must_use]
    pub fn of(world: Arc<World>) -> Self {
        let kinds = TYPES.map(|kind| Arc::new(Names::of(&world, kind)));
        Self { world, kinds }
    }

    /// The World that it shows.
    #[must_use]
    pub const fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// The index of a later World of the same builder.
    #[must_use]
    pub fn caught_up(mut self, world: Arc<World>) -> Self {
        for (kind, names) in TYPES.into_iter().zip(&mut self.kinds) {
            let changed = changed(&self.world, &world, kind);
            if changed.len() > FEW {
                *names = Arc::new(Names::of(&world, kind));
            } else if !changed.is_empty() {
                Arc::make_mut(names).change(&world, &changed);
            }
        }
        Self { world, ..self }
    }

    /// The entities of a type, all or those that something typed begins, in an order.
    #[must_use]
    pub fn find(&self, kind: EntityType, typed: Option<&Typed>, order: Order) -> Found<'_> {
        let names = TYPES.iter().position(|one| *one == kind).and_then(|at| self.kinds.get(at));
        Found::new(self, names.map(AsRef::as_ref), kind, typed, order)
    }
}

impl Names {
    fn of(world: &World, kind: EntityType) -> Self {
        let mut names = Self::default();
        for (handle, _) in world.facts().of_type(kind) {
            names.ids.push(handle);
            names.words.extend(words_of(world, handle));
        }
        names.ids.sort_by_cached_key(|handle| by_id(world, *handle));
        names.words.sort_by_cached_key(|word| by_word(world, *word));
        names
    }

    /// Takes out what these are called, and puts in what they are called now.
    fn change(&mut self, world: &World, changed: &BTreeSet<Handle>) {
        self.ids.retain(|handle| !changed.contains(handle));
        self.words.retain(|word| !changed.contains(&word.handle));
        for handle in changed.iter().copied().filter(|handle| world.facts().get(*handle).is_some()) {
            let key = by_id(world, handle);
            let at = self.ids.partition_point(|other| by_id(world, *other) < key);
            self.ids.insert(at, handle);
            for word in words_of(world, handle) {
                let key = by_word(world, word);
                let at = self.words.partition_point(|other| by_word(world, *other) < key);
                self.words.insert(at, word);
            }
        }
    }
}

/// The order of identifiers.
pub(crate) fn by_id(world: &World, handle: Handle) -> (String, arcstr::ArcStr) {
    let id = world.id(handle);
    (folded(&id), id)
}

/// The order of words.
pub(crate) fn by_word(world: &World, word: Word) -> (String, arcstr::ArcStr, u8) {
    (word.key(world), world.id(word.handle), word.text)
}

fn words_of(world: &World, handle: Handle) -> Vec<Word> {
    let mut all = Vec::new();
    for (number, text) in (0..).zip(texts(world, handle)) {
        let folded = folded(&text);
        let begins = words(&folded).filter_map(|at| u16::try_from(at).ok());
        // The whole of a name counts also where it begins with neither letter nor digit.
        let whole = (number > 0 && words(&folded).next() != Some(0)).then_some(0);
        let places = whole.into_iter().chain(begins).filter(|at| number > 0 || *at > 0);
        all.extend(places.map(|at| Word { handle, text: number, at }));
    }
    all
}

/// The entities of a type that are called otherwise in the later World, that came or that went.
fn changed(before: &World, after: &World, kind: EntityType) -> BTreeSet<Handle> {
    let differs = |handle: &Handle| texts(before, *handle) != texts(after, *handle);
    match after.touched_since(before.publication()) {
        Touched::Nothing => BTreeSet::new(),
        Touched::Publications(all) => {
            let entities = all.iter().filter_map(|one| match &one.scope {
                Scope::Only { entities, .. } => Some(entities),
                Scope::Everything => None,
            });
            entities.flatten().copied().filter(|handle| handle.kind() == kind).filter(differs).collect()
        }
        Touched::Everything { .. } => {
            let (was, is) = (before.facts().of_type(kind), after.facts().of_type(kind));
            was.chain(is).map(|(handle, _)| handle).filter(differs).collect()
        }
    }
}
