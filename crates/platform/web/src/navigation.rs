//! The navigation: its two parts, its groups and places, and what crates of pages contribute to it and to the texts.

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

/// The groups of the console's navigation, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// What happens: decisions, cuts, acts.
    Activity,
    /// Who may use what: applications, policies, grants.
    Access,
    /// Subjects: users, groups, sessions.
    People,
    /// Devices and what they are checked for.
    Devices,
    /// The platform itself: certificates, tokens, tasks.
    Platform,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 5] = [Self::Activity, Self::Access, Self::People, Self::Devices, Self::Platform];

    /// The key of its name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Activity => "group-activity",
            Self::Access => "group-access",
            Self::People => "group-people",
            Self::Devices => "group-devices",
            Self::Platform => "group-platform",
        }
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
    /// The group that it stands in; `None` stands before all groups. The portal has no groups.
    pub group: Option<Group>,
    /// What somebody must be permitted for it to be shown; `None` shows it to everybody in the section. Showing it opens nothing.
    pub act: Option<ActSpec>,
}

impl Place {
    /// A place of the portal, for everybody.
    #[must_use]
    pub const fn of_portal(path: &'static str, label: &'static str) -> Self {
        Self { path, label, section: Section::Portal, group: None, act: None }
    }

    /// A place of the console in a group, for those who may do this act.
    #[must_use]
    pub const fn of_console(group: Group, path: &'static str, label: &'static str, act: ActSpec) -> Self {
        Self { path, label, section: Section::Console, group: Some(group), act: Some(act) }
    }

    /// Whether this path is that of the place, or lies below it. Below the start of the portal and of the console lies every page: they
    /// hold themselves alone.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        match path.strip_prefix(self.path) {
            Some("") => true,
            Some(rest) => !matches!(self.path, "/" | "/console") && rest.starts_with('/'),
            None => false,
        }
    }
}

/// What all crates of pages contribute together, as every page needs it. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// Every place in the navigation, in the order of the crates.
    pub places: Arc<[Place]>,
    /// Every text that is not of this crate.
    pub texts: Texts,
}
