//! Who is signed in, and how risky they are, of one World.

use std::collections::BTreeMap;

use sekisho_model::{SessionId, Timestamp, is_live};
use sekisho_policy_information::World;

/// The upper ends of the bands of risk, each included.
pub const RISK_BANDS: [u8; 4] = [24, 49, 74, 100];
/// How many of those who are signed in are named.
const NAMED: usize = 8;

/// Who is signed in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    /// Live sessions.
    pub sessions: usize,
    /// People with a live session.
    pub signed_in: usize,
    /// Those people by their risk, in the bands of [`RISK_BANDS`].
    pub by_risk: [usize; RISK_BANDS.len()],
    /// Those who authenticated last, the newest first: one row for each person.
    pub newest: Vec<SignedIn>,
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The account.
    pub user: String,
    /// What people call them.
    pub name: String,
    /// The session of the last authentication.
    pub session: SessionId,
    /// When that was.
    pub at: Timestamp,
    /// The risk of the account now.
    pub risk: u8,
}

impl People {
    /// Counts every live session.
    #[must_use]
    pub fn of(world: &World, now: Timestamp) -> Self {
        let mut people = Self::default();
        let mut last = BTreeMap::new();
        for session in world.sessions().filter(|one| is_live(one.authenticated_at, one.expires_at, now)) {
            people.sessions += 1;
            let newest = last.entry(session.subject).or_insert(session);
            if newest.authenticated_at < session.authenticated_at {
                *newest = session;
            }
        }
        people.signed_in = last.len();
        for subject in last.keys() {
            let risk = world.entity_risk(*subject, now).score;
            let band = RISK_BANDS.iter().zip(&mut people.by_risk).find(|(end, _)| risk <= **end);
            if let Some((_, count)) = band {
                *count += 1;
            }
        }
        let mut newest: Vec<_> = last.into_values().collect();
        newest.sort_by_key(|session| (std::cmp::Reverse(session.authenticated_at), session.id));
        people.newest = newest
            .into_iter()
            .take(NAMED)
            .map(|session| SignedIn {
                user: world.id(session.subject).to_string(),
                name: world.display_name(session.subject).to_string(),
                session: session.id,
                at: session.authenticated_at,
                risk: world.entity_risk(session.subject, now).score,
            })
            .collect();
        people
    }
}
