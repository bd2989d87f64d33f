//! Times on pages: as people of the language write them, in the zone of the settings, and relative to when the page was asked for.

use sekisho_model::{Language, Span, Timestamp};

use crate::page::Page;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Page {
    /// A time as a person reads it, in the zone of the settings.
    pub fn time(&self, at: &Timestamp) -> String {
        let Some(calendar) = self.shifted(at).to_calendar() else { return at.to_string() };
        let (hour, minute, second) = calendar.to_hms();
        let separator = match self.language {
            Language::English => ", ",
            Language::Japanese => " ",
        };
        format!("{}{separator}{hour:02}:{minute:02}:{second:02}", self.day(at))
    }

    /// The hour and the minute of a time, in the zone of the settings.
    pub fn clock(&self, at: &Timestamp) -> String {
        let Some(calendar) = self.shifted(at).to_calendar() else { return at.to_string() };
        format!("{:02}:{:02}", calendar.hour(), calendar.minute())
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

    /// A day as a person reads it, in the zone of the settings.
    pub fn day(&self, at: &Timestamp) -> String {
        let Some(at) = self.shifted(at).to_calendar() else { return at.to_string() };
        let (year, day, month) = (at.year(), at.day(), at.month());
        match self.language {
            Language::English => format!("{day} {} {year}", month.to_string().chars().take(3).collect::<String>()),
            Language::Japanese => format!("{year}年{}月{day}日", u8::from(month)),
        }
    }

    /// How long ago a time was, or how far ahead it is; the day where that is more than 30 days.
    pub fn ago(&self, at: &Timestamp) -> String {
        let seconds = self.now.as_millis().saturating_sub(at.as_millis()) / 1000;
        let (past, distance) = (seconds >= 0, seconds.saturating_abs());
        let (key, unit) = match (distance, past) {
            (..MINUTE, true) => return self.say("time-now"),
            (..MINUTE, false) => return self.say("time-soon"),
            (..HOUR, true) => ("time-minutes-ago", MINUTE),
            (..HOUR, false) => ("time-minutes-ahead", MINUTE),
            (..DAY, true) => ("time-hours-ago", HOUR),
            (..DAY, false) => ("time-hours-ahead", HOUR),
            (_, true) if distance < 30 * DAY => ("time-days-ago", DAY),
            (_, false) if distance < 30 * DAY => ("time-days-ahead", DAY),
            _ => return self.day(at),
        };
        self.say_with(key, "count", distance / unit)
    }

    fn shifted(&self, at: &Timestamp) -> Timestamp {
        at.plus(Span::from_minutes(i64::from(self.time_zone.offset_at(*at))))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sekisho_model::TimeZone;

    use super::*;
    use crate::page::tests::page;

    #[test]
    fn a_time_is_read_in_its_zone() {
        let at = Timestamp::from_millis(1_700_000_000_000);
        assert_eq!(page("/", Language::English).time(&at), "15 Nov 2023, 07:13:20");
        assert_eq!(page("/", Language::Japanese).time(&at), "2023年11月15日 07:13:20");
        assert_eq!(page("/", Language::English).clock(&at), "07:13");
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
    fn a_time_is_said_relative_to_now_and_far_ones_by_their_day() {
        let said = |seconds: i64| {
            let at = Timestamp::from_millis(1_700_000_000_000 + seconds * 1000);
            [Language::English, Language::Japanese].map(|language| page("/", language).ago(&at))
        };
        assert_eq!(said(-5), ["just now", "たった今"]);
        assert_eq!(said(5), ["in a moment", "まもなく"]);
        assert_eq!(said(-60), ["1 minute ago", "1 分前"]);
        assert_eq!(said(-3599), ["59 minutes ago", "59 分前"]);
        assert_eq!(said(3600), ["in 1 hour", "1 時間後"]);
        assert_eq!(said(-2 * 86_400), ["2 days ago", "2 日前"]);
        assert_eq!(said(29 * 86_400), ["in 29 days", "29 日後"]);
        assert_eq!(said(-31 * 86_400), ["15 Oct 2023", "2023年10月15日"]);
    }
}
