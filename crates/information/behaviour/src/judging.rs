//! What is unusual about a sign-in or an access, with what was usual and what was seen.

use serde::{Deserialize, Serialize};

use crate::{ENOUGH, History, Profile, Seen};

/// A country from which the person never signed in.
pub const NEW_COUNTRY: &str = "new-country";
/// A sign-in farther away from the last one than anybody travels in that time.
pub const IMPOSSIBLE_TRAVEL: &str = "impossible-travel";
/// An hour at which the person does not sign in.
pub const UNUSUAL_HOUR: &str = "unusual-hour";
/// An application that the person never used.
pub const FIRST_ACCESS: &str = "first-access";

/// Nearer than this nothing is a journey: coordinates of addresses are as inexact.
const NEAR_KM: u32 = 500;
/// Faster than this nobody travels.
const FASTEST_KM_PER_HOUR: u64 = 1000;
/// The number of sign-ins, and of their days, that is enough to know somebody's hours.
const HOURS_ENOUGH: (u32, u32) = (20, 5);
/// The most countries or applications that an explanation names.
const NAMED: usize = 8;

/// Something unusual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unusual {
    /// The name of its signal.
    pub name: String,
    /// How much it adds to the risk.
    pub weight: u8,
    /// What was usual.
    pub usual: String,
    /// What was seen.
    pub seen: String,
}

fn unusual(name: &str, weight: u8, usual: String, seen: String) -> Unusual {
    Unusual { name: name.to_owned(), weight, usual, seen }
}

/// What is unusual about a sign-in.
// INVARIANT I-66: too short a history raises nothing: each signal needs its own.
#[must_use]
pub fn judge_sign_in(profile: &Profile, seen: &Seen) -> Vec<Unusual> {
    [new_country(profile, seen), impossible_travel(profile, seen), unusual_hour(profile, seen)]
        .into_iter()
        .flatten()
        .collect()
}

/// What is unusual about the use of an application.
#[must_use]
pub fn judge_access(profile: &Profile, application: &str) -> Option<Unusual> {
    let is_new = !profile.applications.contains_key(application);
    (profile.history() == History::Enough && is_new).then(|| {
        let mut known: Vec<_> = profile.applications.iter().collect();
        known.sort_by_key(|(name, at)| (std::cmp::Reverse(**at), name.as_str()));
        let known: Vec<&str> = known.iter().take(NAMED).map(|(name, _)| name.as_str()).collect();
        unusual(FIRST_ACCESS, 10, known.join(", "), application.to_owned())
    })
}

fn new_country(profile: &Profile, seen: &Seen) -> Option<Unusual> {
    let (country, countries) = (seen.country.as_ref()?, &profile.habits.countries);
    // Sign-ins from before there were files have no country.
    let is_enough = countries.values().sum::<u32>() >= ENOUGH;
    (is_enough && !countries.contains_key(country)).then(|| {
        let mut usual: Vec<_> = countries.iter().collect();
        usual.sort_by_key(|(country, count)| (std::cmp::Reverse(**count), country.as_str()));
        let usual: Vec<&str> = usual.iter().take(NAMED).map(|(country, _)| country.as_str()).collect();
        unusual(NEW_COUNTRY, 40, usual.join(", "), country.clone())
    })
}

fn impossible_travel(profile: &Profile, seen: &Seen) -> Option<Unusual> {
    let (last, here) = (profile.last?, seen.spot?);
    let kilometres = last.spot?.kilometres_to(here);
    let minutes = u64::try_from(seen.at.since(last.at).as_seconds().max(0)).unwrap_or_default() / 60;
    let is_too_fast = u64::from(kilometres) * 60 > FASTEST_KM_PER_HOUR * minutes;
    (profile.history() == History::Enough && kilometres > NEAR_KM && is_too_fast).then(|| {
        let usual = format!("≤ {FASTEST_KM_PER_HOUR} km/h");
        unusual(IMPOSSIBLE_TRAVEL, 60, usual, format!("{kilometres} km, {minutes} min"))
    })
}

fn unusual_hour(profile: &Profile, seen: &Seen) -> Option<Unusual> {
    let habits = &profile.habits;
    let total: u32 = habits.hours.iter().sum();
    let is_enough = total >= HOURS_ENOUGH.0 && profile.days >= HOURS_ENOUGH.1;
    // Less than one of fifty sign-ins within two hours of it.
    let is_rare = habits.around(seen.hour).saturating_mul(50) < total;
    (is_enough && is_rare).then(|| {
        unusual(UNUSUAL_HOUR, 15, usual_hours(profile), format!("{:02}:00–{:02}:00", seen.hour, (seen.hour + 1) % 24))
    })
}

/// The hours at which somebody signs in, as ranges: `08:00–18:00`.
pub(crate) fn usual_hours(profile: &Profile) -> String {
    let total: u32 = profile.habits.hours.iter().sum();
    let is_usual = |hour: u8| total > 0 && profile.habits.around(hour).saturating_mul(50) >= total;
    let begins = (0..24).filter(|hour| is_usual(*hour) && !is_usual((hour + 23) % 24));
    let ranges: Vec<String> = begins
        .map(|begin| {
            let length = (1..24).find(|length| !is_usual((begin + length) % 24)).unwrap_or(24);
            format!("{begin:02}:00–{:02}:00", (begin + length) % 24)
        })
        .collect();
    if ranges.is_empty() && total > 0 { "00:00–24:00".to_owned() } else { ranges.join(", ") }
}
