//! What is known of a person's sign-ins: one compact document of whole numbers, so that a restart changes no bit of it.

use std::collections::BTreeMap;

use sekisho_events::Position;
use sekisho_model::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Habits, Spot, Unusual};

/// The number of sign-ins that are enough history to call something unusual.
pub const ENOUGH: u32 = 10;
/// How long an unusual sign-in counts.
pub(crate) const LASTS: Span = Span::from_minutes(24 * 60);
/// The most applications that are remembered; beyond them the one that was not used for longest is forgotten.
const MOST_APPLICATIONS: usize = 256;
/// The most unanswered signals of one person; beyond them the oldest is forgotten, and ends by itself.
const MOST_OPEN: usize = 32;

/// What is known of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Whose it is.
    pub user: String,
    /// How many sign-ins were learned.
    pub sign_ins: u32,
    /// On how many days.
    pub days: u32,
    /// The day of the last one, counted from 1970.
    pub last_day: i64,
    /// What was seen how often.
    pub habits: Habits,
    /// When, and where if that is known, the last sign-in was that is not in doubt.
    #[serde(default)]
    pub last: Option<Last>,
    /// Applications, and when each was last used.
    pub applications: BTreeMap<String, Timestamp>,
    /// How surprising the last sign-in was, in thousandths of a bit.
    #[serde(default)]
    pub surprise: Option<u32>,
    /// What was unusual and is not answered.
    pub open: Vec<Open>,
    /// The last entry of the ledger that was learned from, and the number under it.
    pub learned: (u64, u32),
}

/// A sign-in that is not in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Last {
    /// When.
    pub at: Timestamp,
    /// Where.
    #[serde(default)]
    pub spot: Option<Spot>,
}

/// What is seen of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// When.
    pub at: Timestamp,
    /// The hour of the day, in the time zone of the settings.
    pub hour: u8,
    /// The country.
    #[serde(default)]
    pub country: Option<String>,
    /// The number of the network.
    #[serde(default)]
    pub network: Option<u32>,
    /// The coordinates.
    #[serde(default)]
    pub spot: Option<Spot>,
}

/// Something unusual that is not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// Its signal.
    pub signal: String,
    /// The session that it is about: a step-up in it is the answer.
    pub session: String,
    /// When it was seen.
    pub at: Timestamp,
    /// When it stops counting.
    pub until: Timestamp,
    /// What is unusual.
    pub unusual: Unusual,
    /// What is learned once it is answered.
    #[serde(default)]
    pub sign_in: Option<Seen>,
}

/// Whether there is enough history to call something unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// Not yet: nothing is called unusual, and that is no sign of anything.
    NotEnough,
    /// Enough.
    Enough,
}

impl Profile {
    /// Nothing is known.
    #[must_use]
    pub fn new(user: &str) -> Self {
        Self {
            user: user.to_owned(),
            sign_ins: 0,
            days: 0,
            last_day: i64::MIN,
            habits: Habits::default(),
            last: None,
            applications: BTreeMap::new(),
            surprise: None,
            open: Vec::new(),
            learned: (0, 0),
        }
    }

    /// Whether there is enough history.
    #[must_use]
    pub const fn history(&self) -> History {
        if self.sign_ins >= ENOUGH { History::Enough } else { History::NotEnough }
    }

    /// Takes in what is usual.
    pub fn learn(&mut self, seen: &Seen) {
        let day = seen.at.as_millis().div_euclid(86_400_000);
        if day != self.last_day {
            (self.days, self.last_day) = (self.days.saturating_add(1), day);
        }
        self.sign_ins = self.sign_ins.saturating_add(1);
        self.habits.learn(seen);
        if self.last.is_none_or(|last| last.at <= seen.at) {
            self.last = Some(Last { at: seen.at, spot: seen.spot });
        }
    }

    /// Remembers that an application was used.
    pub fn use_application(&mut self, application: &str, at: Timestamp) {
        self.applications.insert(application.to_owned(), at);
        if self.applications.len() > MOST_APPLICATIONS
            && let Some(oldest) = self.applications.iter().min_by_key(|(_, at)| **at).map(|(name, _)| name.clone())
        {
            self.applications.remove(&oldest);
        }
    }

    /// Keeps what is unusual until it is answered or ends.
    pub fn keep_open(&mut self, open: Open) {
        self.open.retain(|other| other.signal != open.signal && other.until > open.at);
        self.open.push(open);
        let surplus = self.open.len().saturating_sub(MOST_OPEN);
        self.open.drain(..surplus);
    }

    /// What a step-up in a session answers. A sign-in that is answered is usual from now on.
    // INVARIANT I-64: only a step-up in the session itself answers what was unusual about it, and only what came before it.
    // INVARIANT I-65: a sign-in that raised a signal is not learned before it is answered: an attacker's does not become usual.
    pub fn answer(&mut self, session: &str, at: Timestamp) -> Vec<Open> {
        let (answered, open): (Vec<Open>, Vec<Open>) =
            std::mem::take(&mut self.open).into_iter().partition(|open| open.session == session && open.at <= at);
        self.open = open;
        // Several signals about one sign-in: it is learned once.
        if let Some(sign_in) = answered.iter().find_map(|open| open.sign_in.clone()) {
            self.learn(&sign_in);
        }
        answered
    }

    /// Whether an event was learned from already.
    #[must_use]
    pub const fn knows(&self, position: Position) -> bool {
        let (entry, number) = self.learned;
        position.entry < entry || (position.entry == entry && position.number <= number)
    }
}
