//! What the lists of decisions, cuts and acts share: the period that is asked for, what narrows the list, the address of a decision.

use sekisho_model::{Span, Timestamp};
use sekisho_web::address::encode;
use sekisho_web::list::{Asked, Filter};
use sekisho_web::page::Page;

/// How many rows a page of these lists has.
pub(crate) const ROWS: usize = 100;

/// The address of a decision's page: by its request, and by its entry where that is known.
pub(crate) fn page_of(request: &str, entry: Option<u64>) -> String {
    let entry = entry.map_or_else(String::new, |entry| format!("?entry={entry}"));
    format!("/console/decisions/{}{entry}", encode(request).replace('/', "%2F"))
}

/// A value that narrows a list, and the list without it.
pub(crate) struct Narrowing {
    pub(crate) key: &'static str,
    pub(crate) value: String,
    pub(crate) without: String,
}

/// What narrows a list by a value of its own, of these names.
pub(crate) fn narrowing(asked: &Asked, names: &[&'static str]) -> Vec<Narrowing> {
    let one = |name: &'static str| {
        let value = asked.get(name)?.to_owned();
        Some(Narrowing { key: narrowed_by(name), value, without: asked.with(name, None) })
    };
    names.iter().copied().filter_map(one).collect()
}

/// The key of what a name in the address narrows by.
pub(crate) const fn narrowed_by(name: &str) -> &'static str {
    match name.as_bytes() {
        b"resource" => "for-what",
        b"reason" => "why",
        b"device" => "device",
        b"address" => "network",
        b"act" => "what-act",
        _ => "who",
    }
}

/// The time that a list is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Period {
    pub(crate) since: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    /// What was typed, to be shown again.
    pub(crate) since_typed: String,
    pub(crate) until_typed: String,
}

/// The periods that can be chosen, by their names in the address.
const PERIODS: [(&str, &str, i64); 4] =
    [("", "period-all", 0), ("hour", "period-hour", 60), ("day", "period-day", 1_440), ("week", "period-week", 10_080)];

impl Period {
    /// The period of an address: a chosen one up to now, or times as a browser writes them, in the zone of the page.
    pub(crate) fn read(page: &Page, asked: &Asked) -> Self {
        let typed = |name: &str| asked.get(name).unwrap_or_default().to_owned();
        let minutes =
            PERIODS.iter().find(|(name, ..)| asked.get("period") == Some(*name)).map(|(.., minutes)| *minutes);
        let chosen = minutes.map(|minutes| page.now.plus(Span::from_minutes(-minutes)));
        let read = |name: &str| local(page, asked.get(name)?);
        Self {
            since: read("since").or(chosen),
            until: read("until"),
            since_typed: typed("since"),
            until_typed: typed("until"),
        }
    }

    /// The choice of a period.
    pub(crate) fn filter(&self, page: &Page, asked: &Asked) -> Filter {
        let values = PERIODS.map(|(value, key, _)| (value, page.say(key)));
        Filter::new(asked, "period", page.say("period"), &values)
    }
}

/// A time as a field of a form writes it, `2026-11-26T10:30`, in the zone of the page; or with its own zone.
pub(crate) fn local(page: &Page, typed: &str) -> Option<Timestamp> {
    if let Ok(at) = typed.parse::<Timestamp>() {
        return Some(at);
    }
    let seconds = if typed.matches(':').count() == 1 { ":00" } else { "" };
    let as_utc: Timestamp = format!("{typed}{seconds}Z").parse().ok()?;
    let offset = page.time_zone.offset_at(as_utc);
    Some(as_utc.plus(Span::from_minutes(-i64::from(offset))))
}
