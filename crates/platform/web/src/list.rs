//! What stands around the rows of a list: what its address asks for, search box, filters, columns with their order, count, and the way on.
//!
//! Everything that a person chooses is in the address, so that a list can be kept and sent. The macros of `list.html` show these values.

use std::ops::Not as _;

use crate::address::encode;

/// The longest value that is read from the address of a list.
const LONGEST_VALUE: usize = 200;

/// What the address of a list asks for: of its query, the names that the list knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    path: &'static str,
    pairs: Vec<(&'static str, String)>,
}

/// The name of what is searched for.
pub const SEARCH: &str = "q";
/// The name of the order.
pub const SORT: &str = "sort";
/// The name of the entry after which a page begins.
pub const AFTER: &str = "after";
/// The name of the entry before which a page ends.
pub const BEFORE: &str = "before";

impl Asked {
    /// Reads the query of a list at this path, which knows these filters.
    #[must_use]
    pub fn read(path: &'static str, query: &[(String, String)], filters: &[&'static str]) -> Self {
        let known = [SEARCH, SORT, AFTER, BEFORE].iter().chain(filters);
        let pairs = known.filter_map(|name| {
            let (_, value) = query.iter().find(|(asked, value)| asked == name && !value.trim().is_empty())?;
            Some((*name, value.trim().chars().take(LONGEST_VALUE).collect()))
        });
        Self { path, pairs: pairs.collect() }
    }

    /// The value under a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(asked, _)| *asked == name).map(|(_, value)| value.as_str())
    }

    /// What is searched for.
    #[must_use]
    pub fn search(&self) -> Option<&str> {
        self.get(SEARCH)
    }

    /// The address of this list where one name has another value, from its beginning.
    #[must_use]
    pub fn with(&self, name: &'static str, value: Option<&str>) -> String {
        let is_kept = |asked: &str| asked != name && asked != AFTER && asked != BEFORE;
        let kept = self.pairs.iter().filter(|(asked, _)| is_kept(asked)).map(|(asked, value)| (*asked, value.as_str()));
        let pairs: Vec<String> = kept
            .chain(value.map(|value| (name, value)))
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        match pairs.is_empty() {
            true => self.path.to_owned(),
            false => format!("{}?{}", self.path, pairs.join("&")),
        }
    }

    /// What a form that searches sends along, so that filters and order stay.
    pub fn kept(&self) -> impl Iterator<Item = &(&'static str, String)> {
        self.pairs.iter().filter(|(name, _)| ![SEARCH, AFTER, BEFORE].contains(name))
    }

    /// Whether anything narrows the list.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        self.pairs.iter().any(|(name, _)| ![SORT, AFTER, BEFORE].contains(name))
    }
}

/// One value of a filter.
#[derive(Debug, Clone)]
pub struct Chip {
    /// Its text.
    pub text: String,
    /// The list with it.
    pub href: String,
    /// Whether it counts now.
    pub current: bool,
}

/// A filter: its values, of which one counts.
#[derive(Debug, Clone)]
pub struct Filter {
    /// What it is about.
    pub text: String,
    /// Its values, the first of which is all.
    pub chips: Vec<Chip>,
}

impl Filter {
    /// A filter by a name in the address, with its values and their texts. The first lets everything through and has an empty value.
    #[must_use]
    pub fn new(asked: &Asked, name: &'static str, text: String, values: &[(&str, String)]) -> Self {
        let now = asked.get(name).filter(|now| values.iter().any(|(value, _)| value == now)).unwrap_or_default();
        let chip = |(value, text): &(&str, String)| Chip {
            text: text.clone(),
            href: asked.with(name, value.is_empty().not().then_some(*value)),
            current: *value == now,
        };
        Self { text, chips: values.iter().map(chip).collect() }
    }
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// The key of its heading.
    pub key: &'static str,
    /// The list in the order of this column, where it has one.
    pub sort: Option<String>,
    /// Whether the list is in this order now.
    pub sorted: bool,
}

impl Column {
    /// A column without an order.
    #[must_use]
    pub const fn new(key: &'static str) -> Self {
        Self { key, sort: None, sorted: false }
    }

    /// A column by which the list can be ordered; without a choice it is in the order of the column whose name is `usual`.
    #[must_use]
    pub fn sortable(asked: &Asked, key: &'static str, name: &str, usual: &str) -> Self {
        let is_usual = name == usual;
        let sorted = asked.get(SORT).map_or(is_usual, |now| now == name);
        Self { key, sort: Some(asked.with(SORT, is_usual.not().then_some(name))), sorted }
    }
}

/// How many entries there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// This number.
    Exactly(usize),
    /// More than this number; they were not counted further.
    Over(usize),
}

impl Count {
    /// The number, with its thousands apart: all but the smallest are read as text, so that a text has one form for them.
    #[must_use]
    pub fn shown(self) -> String {
        let (Self::Exactly(number) | Self::Over(number)) = self;
        let digits = number.to_string();
        let starts = |at: usize| at > 0 && (digits.len() - at).is_multiple_of(3);
        let apart = digits.char_indices().flat_map(|(at, digit)| starts(at).then_some(',').into_iter().chain([digit]));
        apart.collect()
    }

    /// The key of its text.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Exactly(_) => "list-count",
            Self::Over(_) => "list-count-over",
        }
    }
}

/// What stands around the rows of a list.
#[derive(Debug, Clone)]
pub struct List {
    /// What is asked for.
    pub asked: Asked,
    /// Whether it has a search box.
    pub searchable: bool,
    /// Its filters.
    pub filters: Vec<Filter>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// How many entries there are, where it is known.
    pub count: Option<Count>,
    /// The page before this one, where there is one.
    pub newer: Option<String>,
    /// The page after this one, where there is one.
    pub older: Option<String>,
}

impl List {
    /// The list's own path.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.asked.path
    }

    /// Whether this page is not the first.
    #[must_use]
    pub fn is_further(&self) -> bool {
        self.asked.get(AFTER).is_some() || self.asked.get(BEFORE).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &[(&str, &str)]) -> Asked {
        let query: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Asked::read("/console/users", &query, &["status"])
    }

    #[test]
    fn an_address_keeps_what_is_chosen_and_begins_again() {
        let asked = asked(&[("q", " a&b "), ("status", "disabled"), ("after", "x"), ("other", "y")]);
        assert_eq!((asked.search(), asked.get("other")), (Some("a&b"), None));
        assert_eq!(asked.with("status", None), "/console/users?q=a%26b");
        assert_eq!(asked.with(AFTER, Some("y z")), "/console/users?q=a%26b&status=disabled&after=y%20z");
        assert_eq!(asked.kept().map(|(name, _)| *name).collect::<Vec<_>>(), ["status"]);
        assert!(asked.is_narrowed() && !super::tests::asked(&[("sort", "name"), ("q", " ")]).is_narrowed());
    }

    #[test]
    fn a_filter_has_one_value_and_an_unknown_one_is_none() {
        let values = [("", "All".to_owned()), ("disabled", "Disabled".to_owned())];
        let current = |query: &[(&str, &str)]| {
            let filter = Filter::new(&asked(query), "status", String::new(), &values);
            filter.chips.iter().position(|chip| chip.current)
        };
        assert_eq!(current(&[]), Some(0));
        assert_eq!(current(&[("status", "disabled")]), Some(1));
        assert_eq!(current(&[("status", "<b>")]), Some(0));
    }

    #[test]
    fn a_number_is_read_in_thousands() {
        let shown = [0, 1, 999, 1_000, 100_000, 1_234_567].map(|number| Count::Exactly(number).shown());
        assert_eq!(shown, ["0", "1", "999", "1,000", "100,000", "1,234,567"]);
    }

    #[test]
    fn a_column_leads_to_its_order() {
        let asked = asked(&[("sort", "name")]);
        let (id, name) = (Column::sortable(&asked, "id", "id", "id"), Column::sortable(&asked, "name", "name", "id"));
        assert_eq!((id.sorted, id.sort.as_deref()), (false, Some("/console/users")));
        assert_eq!((name.sorted, name.sort.as_deref()), (true, Some("/console/users?sort=name")));
    }
}
