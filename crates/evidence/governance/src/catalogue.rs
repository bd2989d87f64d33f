//! The items of the frameworks: a table in `catalogue/items.tsv`.
//!
//! Identifiers, names and levels are those of the sources: the activities of the DoD's Zero Trust Capability Execution Roadmap, the
//! tenets of NIST SP 800-207 section 2.1 and the policies of the Digital Agency's DS-210, the latter two in our words.

use std::sync::LazyLock;

use sekisho_model::Language;

use crate::control::Control;

/// Where an item comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Framework {
    /// The activities of the DoD's Zero Trust Capability Execution Roadmap.
    Dod,
    /// The tenets of NIST SP 800-207.
    Nist,
    /// The policies of the Digital Agency's DS-210.
    Ds210,
}

impl Framework {
    /// Every framework.
    pub const ALL: [Self; 3] = [Self::Dod, Self::Nist, Self::Ds210];

    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dod => "dod",
            Self::Nist => "nist",
            Self::Ds210 => "ds-210",
        }
    }

    /// The framework with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|framework| framework.name() == name)
    }
}

/// An item of a framework.
#[derive(Debug)]
pub struct Item {
    /// Its framework.
    pub framework: Framework,
    /// Its identifier within the framework.
    pub number: &'static str,
    /// The level at which it is asked for: `target`, `advanced`, or `all`.
    pub level: &'static str,
    /// The pillar or subject that it belongs to.
    pub part: &'static str,
    names: [&'static str; 2],
    /// What tells how it stands. Empty: no measurement can, because people do it.
    pub controls: Vec<Control>,
}

impl Item {
    /// Its name.
    #[must_use]
    pub const fn name(&self, language: Language) -> &'static str {
        let [english, japanese] = self.names;
        match language {
            Language::English => english,
            Language::Japanese => japanese,
        }
    }

    /// Its identifier over all frameworks: `dod-1.1.1`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}-{}", self.framework.name(), self.number)
    }
}

/// Every item, in the order of the frameworks.
#[must_use]
pub fn items() -> &'static [Item] {
    static ITEMS: LazyLock<Vec<Item>> =
        LazyLock::new(|| include_str!("../catalogue/items.tsv").lines().filter_map(read).collect());
    &ITEMS
}

/// Reads a row; `None` for a comment. The tests read every row.
fn read(line: &'static str) -> Option<Item> {
    let mut cells = line.split('\t');
    let framework = Framework::from_name(cells.next()?)?;
    let mut cell = || cells.next();
    let (number, level, part, english, japanese, controls) = (cell()?, cell()?, cell()?, cell()?, cell()?, cell()?);
    let controls = controls.split(',').filter_map(Control::from_name).collect();
    Some(Item { framework, number, level, part, names: [english, japanese], controls })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_row_is_an_item_and_every_control_of_it_exists() {
        let rows: Vec<&str> =
            include_str!("../catalogue/items.tsv").lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(items().len(), rows.len());
        for row in rows {
            let controls = row.rsplit('\t').next().expect("a last cell");
            let known = controls == "-" || controls.split(',').all(|name| Control::from_name(name).is_some());
            assert!(known, "{row}");
        }
    }

    #[test]
    fn the_frameworks_are_whole_and_identifiers_are_unique() {
        let count = |framework| items().iter().filter(|item| item.framework == framework).count();
        assert_eq!(Framework::ALL.map(count), [152, 7, 6]);
        let levels = |level| items().iter().filter(|i| i.framework == Framework::Dod && i.level == level).count();
        assert_eq!((levels("target"), levels("advanced")), (90, 62));
        let ids: BTreeSet<String> = items().iter().map(Item::id).collect();
        assert_eq!(ids.len(), items().len());
    }

    #[test]
    fn every_control_tells_of_some_item() {
        for control in Control::ALL {
            assert!(items().iter().any(|item| item.controls.contains(&control)), "{control:?}");
        }
    }
}
