//! Who watches: a bounded number of live pages, in all and for each session.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sekisho_model::SessionId;

/// The most live pages of one session.
const OF_SESSION: usize = 4;
/// The most live pages of one process.
const OF_ALL: usize = 256;

/// The live pages that are open.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places(Arc<Mutex<BTreeMap<SessionId, usize>>>);

/// The right of one page to be live. Dropping it gives it back.
#[derive(Debug)]
pub struct Place {
    places: Places,
    session: SessionId,
}

impl Places {
    /// A place for another live page of this session; `None` where it or the process has as many as it may.
    pub(crate) fn take(&self, session: SessionId) -> Option<Place> {
        let mut taken = self.lock();
        let of_all: usize = taken.values().sum();
        let of_session = taken.get(&session).copied().unwrap_or_default();
        if of_all >= OF_ALL || of_session >= OF_SESSION {
            return None;
        }
        taken.insert(session, of_session + 1);
        Some(Place { places: self.clone(), session })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SessionId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        match taken.get_mut(&self.session) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.session)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_and_a_process_have_so_many_places_and_get_them_back() {
        let places = Places::default();
        let session = SessionId::from_bytes([1; 16]);
        let mut held: Vec<_> = (0..OF_SESSION).filter_map(|_| places.take(session)).collect();
        assert_eq!(held.len(), OF_SESSION);
        assert!(places.take(session).is_none(), "one session takes no more");
        held.extend((0..OF_ALL).filter_map(|number| {
            let number = u8::try_from(number).unwrap();
            places.take(SessionId::from_bytes([number; 16]).min(SessionId::from_bytes([0xfe; 16])))
        }));
        assert!(held.len() <= OF_ALL);
        held.clear();
        assert!(places.take(session).is_some() && places.lock().is_empty());
    }

    #[test]
    fn sessions_together_take_no_more_than_the_process_has() {
        let places = Places::default();
        let sessions = (0..=255_u8).flat_map(|number| [SessionId::from_bytes([number; 16]); OF_SESSION]);
        let held: Vec<_> = sessions.filter_map(|session| places.take(session)).collect();
        assert_eq!(held.len(), OF_ALL);
    }
}
