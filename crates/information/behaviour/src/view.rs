//! What pages and the REST API show of a profile.

use sekisho_model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::judging::usual_hours;
use crate::{ENOUGH, FileStanding, History, Open, Profile};

/// What is usual for a person, and what was not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProfileView {
    /// The person.
    pub(crate) user: String,
    /// `enough`, or `not-enough`: then nothing is called unusual.
    pub(crate) history: &'static str,
    /// How many sign-ins were learned.
    pub(crate) sign_ins: u32,
    /// How many are enough.
    pub(crate) needed: u32,
    /// On how many days they were.
    pub(crate) days: u32,
    /// The usual countries, with how many sign-ins came from each.
    pub(crate) countries: Vec<Counted>,
    /// The usual networks by number (ASN).
    pub(crate) networks: Vec<Counted>,
    /// The usual hours, in the time zone of the settings: `08:00–18:00`.
    pub(crate) hours: String,
    /// The applications that were used.
    pub(crate) applications: Vec<String>,
    /// The last sign-in that is not in doubt.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) last_sign_in: Option<Timestamp>,
    /// How surprising the last sign-in was, in thousandths of a bit. It adds to no risk.
    pub(crate) surprise: Option<u32>,
    /// What was unusual and is not answered.
    pub(crate) open: Vec<OpenView>,
}

/// How often something was seen.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Counted {
    /// What.
    pub(crate) value: String,
    /// How often.
    pub(crate) count: u32,
}

/// Something unusual.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenView {
    /// The name of the signal.
    pub(crate) name: String,
    /// How much it adds to the risk.
    pub(crate) weight: u8,
    /// What was usual.
    pub(crate) usual: String,
    /// What was seen.
    pub(crate) seen: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// When it stops counting.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) until: Timestamp,
    /// The session: a step-up in it is the answer.
    pub(crate) session: String,
}

/// A file of places.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileView {
    /// Its name.
    pub(crate) name: String,
    /// What it calls itself.
    pub(crate) kind: String,
    /// When it was made.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) made_at: Option<Timestamp>,
    /// Why it cannot be read; null when it can. What it said before counts.
    pub(crate) problem: Option<String>,
}

impl ProfileView {
    /// What is shown of a profile at a time.
    pub(crate) fn at(profile: &Profile, now: Timestamp) -> Self {
        let open = profile.open.iter().filter(|open| open.until > now);
        Self {
            user: profile.user.clone(),
            history: match profile.history() {
                History::Enough => "enough",
                History::NotEnough => "not-enough",
            },
            sign_ins: profile.sign_ins,
            needed: ENOUGH,
            days: profile.days,
            countries: counted(profile.habits.countries.iter()),
            networks: counted(profile.habits.networks.iter()),
            hours: usual_hours(profile),
            applications: profile.applications.keys().cloned().collect(),
            last_sign_in: profile.last.map(|last| last.at),
            surprise: profile.surprise,
            open: open.map(OpenView::from).collect(),
        }
    }
}

impl From<&Open> for OpenView {
    fn from(open: &Open) -> Self {
        let unusual = open.unusual.clone();
        Self {
            name: unusual.name,
            weight: unusual.weight,
            usual: unusual.usual,
            seen: unusual.seen,
            at: open.at,
            until: open.until,
            session: open.session.clone(),
        }
    }
}

impl From<FileStanding> for FileView {
    fn from(file: FileStanding) -> Self {
        Self { name: file.name, kind: file.kind, made_at: file.made_at, problem: file.problem }
    }
}

/// What was seen most often first.
fn counted<'a, K: ToString + Ord + 'a>(counts: impl Iterator<Item = (&'a K, &'a u32)>) -> Vec<Counted> {
    let mut counted: Vec<_> =
        counts.map(|(value, count)| Counted { value: value.to_string(), count: *count }).collect();
    counted.sort_by(|a, b| (b.count, &a.value).cmp(&(a.count, &b.value)));
    counted
}
