//! How often each country, network and hour was seen, and how surprising the next one is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Seen;

/// Beyond this number of sign-ins all counts are halved: what was long ago weighs less.
const FULL: u32 = 1000;
/// The most countries, and the most networks, of one person.
const MOST: usize = 64;
/// The most of everybody.
const MOST_OF_EVERYBODY: usize = 65_536;
/// How many sign-ins the habits of everybody weigh against those of the person.
const PRIOR: f64 = 2.0;

/// How often each value was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Habits {
    /// By country.
    pub countries: BTreeMap<String, u32>,
    /// By number of the network.
    pub networks: BTreeMap<u32, u32>,
    /// By hour of the day, in the time zone of the settings.
    pub hours: [u32; 24],
}

impl Habits {
    /// Counts a sign-in of the person.
    pub fn learn(&mut self, seen: &Seen) {
        self.take_in(seen, MOST);
        if self.hours.iter().sum::<u32>() > FULL {
            self.hours.iter_mut().for_each(|count| *count /= 2);
            halve(&mut self.countries);
            halve(&mut self.networks);
        }
    }

    /// Counts a sign-in of anybody.
    pub fn learn_of_anybody(&mut self, seen: &Seen) {
        self.take_in(seen, MOST_OF_EVERYBODY);
    }

    fn take_in(&mut self, seen: &Seen, most: usize) {
        if let Some(country) = &seen.country {
            count(&mut self.countries, country.clone(), most);
        }
        if let Some(network) = seen.network {
            count(&mut self.networks, network, most);
        }
        if let Some(hour) = self.hours.get_mut(usize::from(seen.hour)) {
            *hour = hour.saturating_add(1);
        }
    }

    /// Counts what others were counted for.
    pub fn add(&mut self, other: &Self) {
        for (country, more) in &other.countries {
            let count = self.countries.entry(country.clone()).or_default();
            *count = count.saturating_add(*more);
        }
        for (network, more) in &other.networks {
            let count = self.networks.entry(*network).or_default();
            *count = count.saturating_add(*more);
        }
        for (count, more) in self.hours.iter_mut().zip(other.hours) {
            *count = count.saturating_add(more);
        }
    }

    /// How often an hour and its neighbours up to two hours away were seen.
    pub(crate) fn around(&self, hour: u8) -> u32 {
        (22..=26).map(|away| self.hours.get((usize::from(hour) + away) % 24).copied().unwrap_or_default()).sum()
    }

    /// How surprising a sign-in is for a person with these habits among everybody, in thousandths of a bit: the rarer, the more.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some tens of bits")]
    pub fn surprise(&self, everybody: &Self, seen: &Seen) -> u32 {
        let mut bits = 0.0;
        if let Some(country) = &seen.country {
            bits -= likelihood(&self.countries, &everybody.countries, country).log2();
        }
        if let Some(network) = &seen.network {
            bits -= likelihood(&self.networks, &everybody.networks, network).log2();
        }
        let (mine, of_mine) = (self.around(seen.hour), self.hours.iter().sum::<u32>().saturating_mul(5));
        let (all, of_all) = (everybody.around(seen.hour), everybody.hours.iter().sum::<u32>().saturating_mul(5));
        let usual = (f64::from(all) + 1.0) / (f64::from(of_all) + 24.0);
        bits -= ((f64::from(mine) + PRIOR * usual) / (f64::from(of_mine) + PRIOR)).log2();
        (bits * 1000.0).round().clamp(0.0, 100_000.0) as u32
    }
}

/// How likely a value is for a person: from their own counts, and for what they never did from those of everybody.
fn likelihood<K: Ord>(mine: &BTreeMap<K, u32>, everybody: &BTreeMap<K, u32>, value: &K) -> f64 {
    let sum = |counts: &BTreeMap<K, u32>| f64::from(counts.values().sum::<u32>());
    let of = |counts: &BTreeMap<K, u32>| f64::from(counts.get(value).copied().unwrap_or_default());
    // One more value than those that were seen: the one that nobody had yet.
    let kinds = f64::from(u32::try_from(everybody.len()).unwrap_or(u32::MAX)) + 1.0;
    let usual = (of(everybody) + 1.0) / (sum(everybody) + kinds);
    (of(mine) + PRIOR * usual) / (sum(mine) + PRIOR)
}

/// Counts a value. Beyond the most values the rarest other one is forgotten.
fn count<K: Ord + Clone>(counts: &mut BTreeMap<K, u32>, value: K, most: usize) {
    let counted = counts.entry(value.clone()).or_default();
    *counted = counted.saturating_add(1);
    if counts.len() > most {
        let rarest = counts.iter().filter(|(other, _)| **other != value).min_by_key(|(_, count)| **count);
        if let Some(rarest) = rarest.map(|(rarest, _)| rarest.clone()) {
            counts.remove(&rarest);
        }
    }
}

fn halve<K: Ord>(counts: &mut BTreeMap<K, u32>) {
    counts.retain(|_, count| {
        *count /= 2;
        *count > 0
    });
}
