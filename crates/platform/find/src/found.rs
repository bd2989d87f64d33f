//! What a search found: a sequence that is read page by page, from any entry forwards or backwards.

use std::collections::HashSet;

use sekisho_model::facts::{EntityType, Handle};

use crate::index::{Index, Names, Word, by_id, by_word};
use crate::text::{Typed, folded};

/// How many entries are counted; a list says of more that there are more.
const COUNTED: usize = 10_000;

/// The order of what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By identifier.
    Id,
    /// By name.
    Name,
}

/// How many entries there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// This number.
    Exactly(usize),
    /// More than this number.
    Over(usize),
}

/// One page of what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The entities.
    pub handles: Vec<Handle>,
    /// The page before ends before this entry; `None` on the first page.
    pub before: Option<String>,
    /// The page after begins after this entry; `None` on the last page.
    pub after: Option<String>,
    /// How many there are on all pages.
    pub count: Count,
}

/// Where a page begins or ends: an entry, as [`Page::before`] and [`Page::after`] name it.
#[derive(Debug, Clone, Copy)]
pub enum From<'a> {
    /// At the beginning.
    Start,
    /// After this entry.
    After(&'a str),
    /// Before this entry.
    Before(&'a str),
}

/// The entities that a search found: those whose identifier begins so, then those that a word of a name begins.
#[derive(Debug)]
pub struct Found<'a> {
    index: &'a Index,
    kind: EntityType,
    /// Whether something was typed: an entity may then stand in the sequence several times, and counts where it stands first.
    is_search: bool,
    total: usize,
    ids: &'a [Handle],
    words: &'a [Word],
}

/// Whether an entity is wanted, where not all are.
pub type Fits<'f> = Option<&'f dyn Fn(Handle) -> bool>;

impl<'a> Found<'a> {
    pub(crate) fn new(
        index: &'a Index,
        names: Option<&'a Names>,
        kind: EntityType,
        typed: Option<&Typed>,
        order: Order,
    ) -> Self {
        let world = &index.world;
        let (ids, words) = names.map_or((&[][..], &[][..]), |names| (names.ids.as_slice(), names.words.as_slice()));
        let (total, is_search) = (ids.len(), typed.is_some());
        let (ids, words) = match (typed.map(Typed::as_str), order) {
            (Some(typed), _) => {
                (begun(ids, typed, |handle| folded(&world.id(*handle))), begun(words, typed, |word| word.key(world)))
            }
            (None, Order::Id) => (ids, &[][..]),
            (None, Order::Name) => (&[][..], words),
        };
        Self { index, kind, is_search, total, ids, words }
    }

    /// A page of those that fit.
    #[must_use]
    pub fn page(&self, from: From<'_>, rows: usize, fits: Fits<'_>) -> Page {
        let length = self.ids.len().saturating_add(self.words.len());
        if self.is_search {
            let mut seen = HashSet::new();
            let first = |at: &usize| self.at(*at).is_some_and(|handle| seen.insert(handle) && fits_in(fits, handle));
            let places: Vec<usize> = (0..length).filter(first).take(COUNTED.saturating_add(1)).collect();
            let count = counted(places.len());
            let of = |name: &str| self.place(name).map(|place| places.partition_point(|other| *other < place));
            return self.cut(from, rows, places.len(), of, |at| places.get(at).copied(), count);
        }
        let wanted = |at: usize| self.at(at).is_some_and(|handle| fits_in(fits, handle)).then_some(at);
        let count = match fits {
            None => Count::Exactly(self.total),
            Some(_) => counted((0..length).filter_map(wanted).take(COUNTED.saturating_add(1)).count()),
        };
        self.cut(from, rows, length, |name| self.place(name), wanted, count)
    }

    /// Cuts a page out of a sequence of places, of which some are empty.
    fn cut(
        &self,
        from: From<'_>,
        rows: usize,
        length: usize,
        number_of: impl Fn(&str) -> Option<usize>,
        wanted: impl Fn(usize) -> Option<usize>,
        count: Count,
    ) -> Page {
        let entry = |number: usize| wanted(number).map(|place| (number, place));
        let start = match from {
            From::Start => 0,
            From::After(name) => number_of(name).map_or(0, |number| number.saturating_add(1)),
            // The page before is found backwards; where it is not full, it is the first one.
            From::Before(name) => {
                let end = number_of(name).unwrap_or_default();
                (0..end).rev().filter_map(entry).nth(rows.saturating_sub(1)).map_or(0, |(number, _)| number)
            }
        };
        let shown: Vec<(usize, usize)> = (start..length).filter_map(entry).take(rows).collect();
        let (first, last) = (shown.first().copied(), shown.last().copied());
        let is_before = first.is_some_and(|(number, _)| (0..number).rev().find_map(entry).is_some());
        let is_after = last.is_some_and(|(number, _)| (number.saturating_add(1)..length).find_map(entry).is_some());
        Page {
            before: first.filter(|_| is_before).and_then(|(_, place)| self.name(place)),
            after: last.filter(|_| is_after).and_then(|(_, place)| self.name(place)),
            handles: shown.into_iter().filter_map(|(_, place)| self.at(place)).collect(),
            count,
        }
    }

    /// The entity at a place of the sequence.
    fn at(&self, at: usize) -> Option<Handle> {
        if let Some(handle) = self.ids.get(at) {
            return Some(*handle);
        }
        let word = self.words.get(at.checked_sub(self.ids.len())?)?;
        // In the order of names, only a whole name is a place.
        (self.is_search || (word.text == 1 && word.at == 0)).then_some(word.handle)
    }

    /// The name of a place, which finds it again after what it names has moved.
    fn name(&self, at: usize) -> Option<String> {
        let world = &self.index.world;
        if let Some(handle) = self.ids.get(at) {
            return Some(world.id(*handle).to_string());
        }
        let word = self.words.get(at.checked_sub(self.ids.len())?)?;
        Some(format!("{}.{}~{}", word.text, word.at, world.id(word.handle)))
    }

    /// The place of a name. `None` where what it names is gone.
    fn place(&self, name: &str) -> Option<usize> {
        let world = &self.index.world;
        let (word, id) = match name.split_once('~') {
            Some((word, id)) => (Some(word), id),
            None => (None, name),
        };
        let handle = world.facts().find(self.kind, id)?;
        let Some(word) = word else {
            let key = by_id(world, handle);
            return Some(self.ids.partition_point(|other| by_id(world, *other) < key));
        };
        let (text, at) = word.split_once('.')?;
        let key = by_word(world, Word { handle, text: text.parse().ok()?, at: at.parse().ok()? });
        Some(self.ids.len().saturating_add(self.words.partition_point(|other| by_word(world, *other) < key)))
    }
}

/// The part of an ordered sequence whose keys begin so.
fn begun<'a, T>(all: &'a [T], begin: &str, key: impl Fn(&T) -> String) -> &'a [T] {
    let start = all.partition_point(|one| key(one).as_str() < begin);
    let rest = all.get(start..).unwrap_or_default();
    let length = rest.partition_point(|one| key(one).starts_with(begin));
    rest.get(..length).unwrap_or_default()
}

fn fits_in(fits: Fits<'_>, handle: Handle) -> bool {
    fits.is_none_or(|fits| fits(handle))
}

fn counted(found: usize) -> Count {
    if found > COUNTED { Count::Over(COUNTED) } else { Count::Exactly(found) }
}
