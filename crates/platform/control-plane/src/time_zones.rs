//! Reads time zones from the IANA database that is part of the program, so that every process knows the same rules.

use jiff::tz::TimeZoneDatabase;
use sekisho_model::{TimeZone, Timestamp};

/// The changes of offset that are read: from the year 2000 to the end of 2099. Later, the last offset counts.
const FROM: i64 = 946_684_800;
const UNTIL: i64 = 4_102_444_800;

/// The time zone of a name of the IANA database, such as `Europe/Berlin`; `None` for an unknown name.
#[must_use]
pub fn time_zone(name: &str) -> Option<TimeZone> {
    let zone = TimeZoneDatabase::bundled().get(name).ok()?;
    let (from, until) = (jiff::Timestamp::from_second(FROM).ok()?, jiff::Timestamp::from_second(UNTIL).ok()?);
    let changes = zone.following(from).take_while(|change| change.timestamp() < until);
    let changes = changes
        .map(|change| Some((Timestamp::from_millis(change.timestamp().as_millisecond()), minutes(change.offset())?)));
    let canonical = zone.iana_name().unwrap_or(name);
    Some(TimeZone::named(canonical, minutes(zone.to_offset(from))?, changes.collect::<Option<_>>()?))
}

fn minutes(offset: jiff::tz::Offset) -> Option<i16> {
    i16::try_from(offset.seconds().div_euclid(60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn daylight_saving_is_known() {
        let berlin = time_zone("Europe/Berlin").expect("a zone");
        for (time, offset) in [
            ("2026-01-15T12:00:00Z", 60),
            ("2026-03-29T00:59:59Z", 60),
            ("2026-03-29T01:00:00Z", 120),
            ("2026-10-25T00:59:59Z", 120),
            ("2026-10-25T01:00:00Z", 60),
            ("2050-07-01T00:00:00Z", 120),
        ] {
            assert_eq!(berlin.offset_at(at(time)), offset, "{time}");
        }
        let tokyo = time_zone("Asia/Tokyo").expect("a zone");
        assert_eq!(
            (tokyo.offset_at(at("2026-07-01T00:00:00Z")), tokyo.next_change(at("2026-07-01T00:00:00Z"))),
            (540, None)
        );
    }

    #[test]
    fn an_unknown_name_is_no_zone() {
        for name in ["Europe/Bern", "", "../etc/passwd", "+09:00", "Berlin"] {
            assert_eq!(time_zone(name), None, "{name}");
        }
    }
}
