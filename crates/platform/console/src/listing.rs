//! What the lists share: a page of entities from the index, and a page of rows that are all at hand.

use sekisho_find::{Fits, From, Index, Order, Typed};
use sekisho_model::facts::{EntityType, Fact, Handle, Slot};
use sekisho_web::list::{AFTER, Asked, BEFORE, Column, Count, Filter, List, SORT};
use sekisho_web::page::Page;

/// The query of a list's address.
pub(crate) type Pairs = Vec<(String, String)>;

/// How many rows a page of a list has.
pub(crate) const ROWS: usize = 50;

/// How many there are, and the pages before and after this one.
pub(crate) struct Around {
    count: Count,
    before: Option<String>,
    after: Option<String>,
}

impl Around {
    /// What stands around the rows.
    pub(crate) fn list(self, asked: Asked, filters: Vec<Filter>, columns: Vec<Column>) -> List {
        List {
            searchable: true,
            filters,
            columns,
            count: Some(self.count),
            newer: self.before.map(|before| asked.with(BEFORE, Some(&before))),
            older: self.after.map(|after| asked.with(AFTER, Some(&after))),
            asked,
        }
    }
}

/// A page of the entities of a type that are asked for and fit.
pub(crate) fn entities(index: &Index, kind: EntityType, asked: &Asked, fits: Fits<'_>) -> (Vec<Handle>, Around) {
    // Of the types that have such lists, the World knows the names of people alone; devices and groups have their identifiers.
    let by_name = kind == EntityType::User && asked.get(SORT) == Some("name");
    let order = if by_name { Order::Name } else { Order::Id };
    let from = match (asked.get(BEFORE), asked.get(AFTER)) {
        (Some(before), _) => From::Before(before),
        (None, Some(after)) => From::After(after),
        (None, None) => From::Start,
    };
    let page = index.find(kind, typed(asked).as_ref(), order).page(from, ROWS, fits);
    let count = match page.count {
        sekisho_find::Count::Exactly(count) => Count::Exactly(count),
        sekisho_find::Count::Over(count) => Count::Over(count),
    };
    (page.handles, Around { count, before: page.before, after: page.after })
}

/// A page of rows that are all at hand, in the order of a key, which is named in addresses as it is written.
pub(crate) fn at_hand<T, K: Ord + ToString>(
    asked: &Asked,
    mut rows: Vec<T>,
    key: impl Fn(&T) -> K,
    read: impl Fn(&str) -> Option<K>,
) -> (Vec<T>, Around) {
    rows.sort_by_cached_key(&key);
    let count = Count::Exactly(rows.len());
    let place = |name: &str| read(name).map(|name| rows.partition_point(|row| key(row) < name));
    let start = match (asked.get(BEFORE), asked.get(AFTER)) {
        (Some(before), _) => place(before).unwrap_or_default().saturating_sub(ROWS),
        (None, Some(after)) => read(after).map(|name| rows.partition_point(|row| key(row) <= name)).unwrap_or_default(),
        (None, None) => 0,
    };
    let end = start.saturating_add(ROWS).min(rows.len());
    let name = |at: usize| rows.get(at).map(|row| key(row).to_string());
    let before = name(start).filter(|_| start > 0);
    let after = end.checked_sub(1).and_then(name).filter(|_| end < rows.len());
    (rows.into_iter().skip(start).take(ROWS).collect(), Around { count, before, after })
}

/// What is searched for in a list.
pub(crate) fn typed(asked: &Asked) -> Option<Typed> {
    asked.search().and_then(Typed::new)
}

/// Whether one of these texts begins as it is searched for.
pub(crate) fn begins<'t>(typed: Option<&Typed>, texts: impl IntoIterator<Item = &'t str>) -> bool {
    typed.is_none_or(|typed| texts.into_iter().any(|text| typed.begins(text)))
}

/// The text of a fact.
pub(crate) fn text(fact: &Fact) -> &str {
    match fact {
        Fact::String(text) => text,
        _ => "",
    }
}

/// The text of an attribute of an entity.
pub(crate) fn attribute(index: &Index, handle: Handle, slot: Slot) -> String {
    index.world().facts().get(handle).map(|entity| text(entity.get(slot)).to_owned()).unwrap_or_default()
}

/// The values of a filter, the first of which lets everything through.
pub(crate) fn values<'v>(page: &Page, values: &[(&'v str, &str)]) -> Vec<(&'v str, String)> {
    let all = std::iter::once(("", page.say("filter-all")));
    all.chain(values.iter().map(|(value, key)| (*value, page.say(key)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(query: &[(&str, &str)]) -> (Vec<u32>, Option<String>, Option<String>) {
        let query: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let asked = Asked::read("/console/checks", &query, &[]);
        let (rows, around) = at_hand(&asked, (0..120).rev().collect(), |row| *row, |name| name.parse().ok());
        assert_eq!(around.count, Count::Exactly(120));
        (rows, around.before, around.after)
    }

    #[test]
    fn rows_at_hand_are_paged_in_both_directions() {
        let (first, before, after) = page(&[]);
        assert_eq!((first.len(), before, after.as_deref()), (50, None, Some("49")));
        let (second, before, after) = page(&[("after", "49")]);
        assert_eq!((second.first(), before.as_deref(), after.as_deref()), (Some(&50), Some("50"), Some("99")));
        assert_eq!(page(&[("before", "50")]).0, first);
        let (last, _, after) = page(&[("after", "99")]);
        assert_eq!((last.len(), after), (20, None));
        assert_eq!(page(&[("after", "x")]).0, first, "a name that nothing has begins the list");
    }
}
