//! What every page has around it: language, navigation, form token, notices.

use std::sync::Arc;

use sekisho_model::{Language, TimeZone, Timestamp};

use crate::messages;
use crate::navigation::Place;
pub use crate::navigation::Section;
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
    /// What has just been done, as a message key.
    pub notice: Option<&'static str>,
    /// The scripts it needs.
    pub scripts: &'static [&'static str],
    /// Whether it shows times, so that it says in which zone.
    pub shows_times: bool,
    /// The time zone of the times that it shows.
    pub time_zone: Arc<TimeZone>,
}

impl Page {
    /// The text behind a key.
    pub fn say(&self, key: &str) -> String {
        self.texts.say(self.language, key)
    }

    /// The text behind a key, with a value put in.
    pub fn say_with(&self, key: &str, name: &str, value: impl ToString) -> String {
        messages::say_with(self.language, key, name, &value.to_string())
    }

    /// Whether this page is that place, or lies below it.
    pub fn is_current(&self, href: &str) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        match path.strip_prefix(href) {
            Some("") => true,
            Some(rest) => href != "/" && rest.starts_with('/'),
            None => false,
        }
    }

    /// A time as a person reads it, in the zone of the settings.
    pub fn time(&self, at: &Timestamp) -> String {
        let offset = self.time_zone.offset_at(*at);
        let shifted = at.plus(sekisho_model::Span::from_minutes(i64::from(offset)));
        let Some(at) = shifted.to_calendar() else { return at.to_string() };
        let (hour, minute, second) = at.to_hms();
        let (year, day, month) = (at.year(), at.day(), at.month());
        match self.language {
            Language::English => {
                let month: String = month.to_string().chars().take(3).collect();
                format!("{day} {month} {year}, {hour:02}:{minute:02}:{second:02}")
            }
            Language::Japanese => {
                format!("{year}年{}月{day}日 {hour:02}:{minute:02}:{second:02}", u8::from(month))
            }
        }
    }

    /// The zone of those times.
    pub fn zone(&self) -> String {
        if let Some(name) = self.time_zone.name() {
            return name.to_owned();
        }
        // A fixed offset is the same at every moment.
        let offset = self.time_zone.offset_at(Timestamp::from_millis(0));
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.unsigned_abs();
        format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(path: &str, language: Language) -> Page {
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
            notice: None,
            scripts: &[],
            shows_times: true,
            time_zone: Arc::new(TimeZone::fixed(540)),
        }
    }

    #[test]
    fn a_time_is_read_in_its_zone() {
        let at = Timestamp::from_millis(1_700_000_000_000);
        assert_eq!(page("/", Language::English).time(&at), "15 Nov 2023, 07:13:20");
        assert_eq!(page("/", Language::Japanese).time(&at), "2023年11月15日 07:13:20");
        assert_eq!(page("/", Language::English).zone(), "UTC+09:00");
        let in_zone = |zone| Page { time_zone: Arc::new(zone), ..page("/", Language::English) };
        assert_eq!(in_zone(TimeZone::fixed(-210)).zone(), "UTC-03:30");
        // A time is shown with the offset that counted then.
        let berlin =
            in_zone(TimeZone::named("Europe/Berlin", 120, vec![(Timestamp::from_millis(1_698_541_200_000), 60)]));
        assert_eq!(berlin.time(&at), "14 Nov 2023, 23:13:20");
        assert_eq!(berlin.time(&Timestamp::from_millis(1_690_000_000_000)), "22 Jul 2023, 06:26:40");
        assert_eq!(berlin.zone(), "Europe/Berlin");
    }

    #[test]
    fn one_place_is_current() {
        let places = |path: &str| {
            let page = page(path, Language::English);
            let all = ["/", "/devices", "/sessions", "/console/decisions", "/console/users"];
            all.into_iter().filter(|href| page.is_current(href)).collect::<Vec<_>>()
        };
        assert_eq!(places("/"), ["/"]);
        assert_eq!(places("/devices?x=1"), ["/devices"]);
        assert_eq!(places("/console/users/alice"), ["/console/users"]);
        assert!(places("/nowhere").is_empty());
    }
}
