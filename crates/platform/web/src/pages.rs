//! What a crate of pages contributes, as one value beside its capability: routes, places in the navigation, texts.

use std::fmt;

use sekisho_model::Language;

use crate::navigation::{Contents, Place};
use crate::routes::Routes;
use crate::texts::Texts;

/// What one crate of pages contributes: values and function pointers, listed once in the program.
///
/// `S` is the platform's state. A crate of pages names what it needs of it as bounds, as a capability does.
pub struct Pages<S: 'static> {
    /// Its name, in lower case: the folder of its crate.
    pub name: &'static str,
    /// Its routes, each with who may use it.
    pub routes: fn(&S) -> Routes,
    /// Its places in the navigation, in their order.
    pub places: &'static [Place],
    /// Its texts: the content of `.ftl` files. They add to the texts of this crate and never replace one.
    pub texts: &'static [(Language, &'static str)],
}

impl Contents {
    /// What these contribute together.
    #[must_use]
    pub fn of<S>(pages: &[Pages<S>]) -> Self {
        Self {
            places: pages.iter().flat_map(|one| one.places).copied().collect(),
            texts: Texts::of(pages.iter().flat_map(|one| one.texts).copied()),
        }
    }
}

impl<S> fmt::Debug for Pages<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pages({})", self.name)
    }
}
