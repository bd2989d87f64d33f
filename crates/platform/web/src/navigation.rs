//! The navigation: its two parts, its places, and what crates of pages contribute to it and to the texts.

use std::sync::Arc;

use sekisho_capability::ActSpec;

use crate::texts::Texts;

/// The two parts of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Everybody's pages.
    Portal,
    /// Administrators' pages.
    Console,
}

impl Section {
    /// Whether it is the console.
    pub const fn is_console(self) -> bool {
        matches!(self, Self::Console)
    }
}

/// A place in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its address.
    pub path: &'static str,
    /// The key of its name.
    pub label: &'static str,
    /// The navigation that it is in.
    pub section: Section,
    /// What somebody must be permitted for it to be shown; `None` shows it to everybody in the section. Showing it opens nothing.
    pub act: Option<ActSpec>,
}

/// What all crates of pages contribute together, as every page needs it. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// Every place in the navigation, in the order of the crates.
    pub places: Arc<[Place]>,
    /// Every text that is not of this crate.
    pub texts: Texts,
}
