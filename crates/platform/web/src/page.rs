//! What every page has around it: language, navigation, form token, notices.

use std::sync::Arc;

use sekisho_model::{Language, TimeZone, Timestamp};

pub use crate::navigation::Section;
use crate::navigation::{Group, Place};
use crate::texts::Texts;

/// The frame of a page.
#[derive(Debug, Clone)]
pub struct Page {
    /// The language it is written in.
    pub language: Language,
    /// Where stylesheet and scripts are.
    pub assets: String,
    /// Where the gate's mark leads.
    pub home: String,
    /// The token for its forms; empty on a page without any.
    pub csrf: String,
    /// Its own path with the query, to come back to after a change of language.
    pub path: String,
    /// Who is signed in.
    pub user: Option<String>,
    /// Whether the way to the console is shown. Showing it opens nothing.
    pub administrator: bool,
    /// Whether it belongs to the portal or to the console.
    pub section: Section,
    /// The places of the navigation.
    pub places: Vec<Place>,
    /// The texts that crates of pages contribute.
    pub texts: Texts,
    /// Where the choice of a language is sent with a state, on a page that an address alone does not show again.
    pub switch: Option<(&'static str, String)>,
    /// What has just been done, as a message key.
    pub notice: Option<&'static str>,
    /// The scripts it needs.
    pub scripts: &'static [&'static str],
    /// Whether it shows times, so that it says in which zone.
    pub shows_times: bool,
    /// The time zone of the times that it shows.
    pub time_zone: Arc<TimeZone>,
    /// When it was asked for, for times that are said relative to it.
    pub now: Timestamp,
}

impl Page {
    /// The text behind a key.
    pub fn say(&self, key: &str) -> String {
        self.texts.say(self.language, key)
    }

    /// The text behind a key, with a value put in.
    pub fn say_with(&self, key: &str, name: &str, value: impl ToString) -> String {
        self.texts.say_with(self.language, key, name, &value.to_string())
    }

    /// Whether this page is that place, or lies below it.
    pub fn is_current(&self, place: &Place) -> bool {
        place.holds(self.path.split('?').next().unwrap_or_default())
    }

    /// Whether the navigation stands at the side: in the console.
    pub const fn has_rail(&self) -> bool {
        self.section.is_console() && self.user.is_some()
    }

    /// The navigation in groups: the places that stand before all groups first. A group without a place is left out.
    pub fn groups(&self) -> Vec<(Option<Group>, Vec<&Place>)> {
        let groups = std::iter::once(None).chain(Group::ALL.map(Some));
        let filled = groups.map(|group| (group, self.places.iter().filter(|place| place.group == group).collect()));
        filled.filter(|(_, places): &(_, Vec<_>)| !places.is_empty()).collect()
    }

    /// The place that this page lies below, where it is not the place itself: the way back.
    pub fn above(&self) -> Option<&Place> {
        let path = self.path.split('?').next().unwrap_or_default();
        self.places.iter().find(|place| place.holds(path) && place.path != path)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn page(path: &str, language: Language) -> Page {
        Page {
            language,
            assets: "/assets".to_owned(),
            home: "/".to_owned(),
            csrf: String::new(),
            path: path.to_owned(),
            user: None,
            administrator: false,
            section: Section::Portal,
            places: Vec::new(),
            texts: Texts::default(),
            switch: None,
            notice: None,
            scripts: &[],
            shows_times: true,
            time_zone: Arc::new(TimeZone::fixed(540)),
            now: Timestamp::from_millis(1_700_000_000_000),
        }
    }

    #[test]
    fn one_place_is_current() {
        let places = |path: &str| {
            let page = page(path, Language::English);
            let all = ["/", "/devices", "/sessions", "/console", "/console/decisions", "/console/users"];
            all.into_iter().filter(|path| page.is_current(&Place::of_portal(path, ""))).collect::<Vec<_>>()
        };
        assert_eq!(places("/"), ["/"]);
        assert_eq!(places("/devices?x=1"), ["/devices"]);
        assert_eq!(places("/console?x=1"), ["/console"]);
        assert_eq!(places("/console/users/alice"), ["/console/users"]);
        assert!(places("/nowhere").is_empty());
    }
}
