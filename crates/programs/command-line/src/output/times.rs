//! Points in time as people read them: in one form and one time zone. Programs get them as the API writes them, RFC 3339.

use std::sync::Arc;

use sekisho_control_plane::time_zone;
use sekisho_model::{Span, TimeZone, Timestamp};
use serde_json::Value;

use super::text::one_line;

/// Writes points in time for people: `2026-11-26 10:30:00+09:00`.
#[derive(Debug, Clone)]
pub struct Times {
    zone: Arc<TimeZone>,
}

impl Times {
    pub(super) const fn new(zone: Arc<TimeZone>) -> Self {
        Self { zone }
    }

    /// A point in time of an answer: RFC 3339, or milliseconds since the epoch, as records of the ledger have it.
    #[must_use]
    pub fn of(&self, value: Option<&Value>) -> String {
        match value {
            Some(Value::String(text)) => text.parse().map_or_else(|_| one_line(text), |at| self.at(at)),
            Some(Value::Number(number)) => {
                number.as_i64().map_or_else(|| "-".to_owned(), |ms| self.at(Timestamp::from_millis(ms)))
            }
            _ => "-".to_owned(),
        }
    }

    /// A point in time.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> String {
        let offset = self.zone.offset_at(at);
        let shifted = at.plus(Span::from_minutes(i64::from(offset)));
        let Some(calendar) = shifted.to_calendar() else { return at.to_string() };
        let ((hour, minute, second), month) = (calendar.to_hms(), u8::from(calendar.month()));
        let (year, day) = (calendar.year(), calendar.day());
        let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
        format!(
            "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{sign}{:02}:{:02}",
            minutes / 60,
            minutes % 60
        )
    }
}

/// The time zone of a platform's settings, as `GET /me` names it.
pub(crate) fn zone_of(me: &Value) -> Option<TimeZone> {
    let named = me.get("time_zone").and_then(Value::as_str).and_then(time_zone);
    named.or_else(|| Some(TimeZone::fixed(i16::try_from(me.get("utc_offset_minutes")?.as_i64()?).ok()?)))
}

/// The time zone of this machine: that of the variable `TZ`, or of the system; UTC where neither is known.
pub(crate) fn zone_of_machine() -> TimeZone {
    let of_variable = std::env::var("TZ").ok().and_then(|name| time_zone(name.trim_start_matches(':')));
    let of_system = || time_zone(&iana_time_zone::get_timezone().ok()?);
    of_variable.or_else(of_system).unwrap_or_else(|| TimeZone::fixed(0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn in_zone(zone: TimeZone) -> Times {
        Times::new(Arc::new(zone))
    }

    #[test]
    fn times_are_those_of_the_zone_at_that_moment() {
        let berlin = in_zone(zone_of(&json!({ "time_zone": "Europe/Berlin" })).unwrap());
        assert_eq!(berlin.of(Some(&json!("2026-07-01T00:00:00Z"))), "2026-07-01 02:00:00+02:00");
        assert_eq!(berlin.of(Some(&json!("2026-01-01T00:00:00.25Z"))), "2026-01-01 01:00:00+01:00");
        let west = in_zone(zone_of(&json!({ "time_zone": null, "utc_offset_minutes": -210 })).unwrap());
        assert_eq!(west.of(Some(&json!(0))), "1969-12-31 20:30:00-03:30");
        assert_eq!(zone_of(&json!({ "user": "alice" })), None);
    }

    #[test]
    fn what_is_no_time_is_shown_as_it_is_and_steers_no_terminal() {
        let times = in_zone(TimeZone::fixed(0));
        assert_eq!(times.of(Some(&json!("\u{1b}[2Jnever"))), "[2Jnever");
        assert_eq!((times.of(None), times.of(Some(&Value::Null))), ("-".to_owned(), "-".to_owned()));
    }
}
