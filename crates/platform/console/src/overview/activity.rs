//! Decisions and cuts of the last hour: by minute, by the time from fact to cut, and the reasons of denials.

use sekisho_model::{Span, Timestamp};
use sekisho_overview::{Counts, DELAYS_MS, Figures, Minute};
use sekisho_web::address::encode;
use sekisho_web::chart::{Chart, Form, Series};
use sekisho_web::page::Page;

use super::meters::{Meter, meters};
use crate::decision::explanation;
use crate::{Context, cuts, decisions};

/// How many reasons are named.
const REASONS: usize = 6;

/// The part of the overview.
pub(super) struct Activity {
    /// The sums of the hour, each with its key and the way to its rows.
    pub(super) sums: Vec<Sum>,
    /// Minute by minute.
    pub(super) by_minute: Chart,
    /// From a fact to the cut that it caused.
    pub(super) by_delay: Chart,
    /// What is said of the cuts; `None` while there were none.
    pub(super) longest_ms: Option<u64>,
    /// The reasons of denials.
    pub(super) reasons: Vec<Meter>,
}

/// One figure of the hour.
pub(super) struct Sum {
    /// The key of what is counted.
    pub(super) key: &'static str,
    /// How often.
    pub(super) count: u64,
    /// Where the rows are.
    pub(super) href: String,
    /// How it looks.
    pub(super) class: &'static str,
}

pub(super) fn of(context: &Context, page: &Page, figures: &Figures) -> Activity {
    let since = figures.minutes.first().map(|minute| minute.at);
    let hour: Counts = figures.hour();
    let sum = |key, count, outcome: &str, class| {
        let href = rows(decisions::PATH, &format!("outcome={outcome}"), since, None);
        Sum { key, count, href, class }
    };
    let longest_ms = (figures.delays.count() > 0).then(|| figures.delays.longest_ms());
    let reasons = figures.reasons.iter().take(REASONS).map(|(reason, count)| {
        let text = explanation::text(context, reason);
        (text, rows(decisions::PATH, &format!("outcome=deny&reason={}", encode(reason)), since, None), *count, "stop")
    });
    Activity {
        sums: vec![
            sum("overview-permits", hour.permits, "permit", "pass"),
            sum("overview-challenges", hour.challenges, "challenge", "ask"),
            sum("overview-denials", hour.denials, "deny", "stop"),
            Sum { key: "overview-cuts", count: hour.cuts, href: rows(cuts::PATH, "", since, None), class: "cut" },
        ],
        by_minute: by_minute(page, &figures.minutes),
        by_delay: by_delay(page, figures, since),
        longest_ms,
        reasons: meters(reasons),
    }
}

/// A list with a filter, from one time on and before another.
fn rows(path: &str, query: &str, since: Option<Timestamp>, until: Option<Timestamp>) -> String {
    let time = |name: &str, at: Option<Timestamp>| at.map(|at| format!("{name}={}", encode(&at.to_string())));
    let query = (!query.is_empty()).then(|| query.to_owned());
    let parts: Vec<String> = query.into_iter().chain(time("since", since)).chain(time("until", until)).collect();
    match parts.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", parts.join("&")),
    }
}

fn by_minute(page: &Page, minutes: &[Minute]) -> Chart {
    let series = |key: &str, class, count: fn(&Counts) -> u64| Series {
        name: page.say(key),
        class,
        values: minutes.iter().map(|minute| number(count(&minute.counts))).collect(),
    };
    let rows =
        |minute: &Minute| rows(decisions::PATH, "", Some(minute.at), Some(minute.at.plus(Span::from_minutes(1))));
    Chart {
        title: page.say("overview-by-minute"),
        form: Form::Bars,
        labels: minutes.iter().map(|minute| page.clock(&minute.at)).collect(),
        links: minutes.iter().map(rows).collect(),
        series: vec![
            series("overview-permits", "pass", |counts| counts.permits),
            series("overview-challenges", "ask", |counts| counts.challenges),
            series("overview-denials", "stop", |counts| counts.denials),
            series("overview-cuts", "cut", |counts| counts.cuts),
        ],
    }
}

fn by_delay(page: &Page, figures: &Figures, since: Option<Timestamp>) -> Chart {
    let length = |ms: u64| match ms {
        ..1_000 => format!("{ms} ms"),
        _ if ms.is_multiple_of(1_000) => format!("{} s", ms / 1_000),
        _ => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
    };
    let ends = DELAYS_MS.iter().map(|end| format!("≤ {}", length(*end)));
    let last = DELAYS_MS.last().map(|end| format!("> {}", length(*end)));
    let labels: Vec<String> = ends.chain(last).collect();
    Chart {
        title: page.say("overview-by-delay"),
        form: Form::Bars,
        links: labels.iter().map(|_| rows(cuts::PATH, "", since, None)).collect(),
        labels,
        series: vec![Series {
            name: page.say("overview-cuts"),
            class: "cut",
            values: figures.delays.parts().iter().map(|count| number(*count)).collect(),
        }],
    }
}

/// A count as a chart takes it.
fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
