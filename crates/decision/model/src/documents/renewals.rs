//! What a session could do before it was renewed, for applications that were not given its new cookie yet.

use serde::{Deserialize, Serialize};

use crate::{MethodSet, ResourceId, Span, Timestamp};

/// The number of former proofs that are kept. The proof after the first makes room for one more: its cookies then show the first.
const FORMER: usize = 8;
/// The number of applications kept that were given a new cookie. With one more, every cookie from before the last renewal is void.
const GIVEN: usize = 128;
/// How long an old cookie still counts after the application's host was given a new one, for requests that are on the way.
pub const RENEWAL_GRACE: Span = Span::from_seconds(30);

/// What a session could do before it was renewed. An application's cookie of an earlier rotation shows that much, and no more. Fields
/// of a later version are not read, as in the session itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Renewals {
    /// The proofs before the present one, oldest first.
    #[serde(default)]
    former: Vec<FormerProof>,
    /// The applications whose hosts were given a new cookie since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    given: Vec<Given>,
}

/// What a session rested on under an earlier rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerProof {
    /// The rotation of its cookies.
    pub rotation: u32,
    /// When the person had authenticated.
    pub authenticated_at: Timestamp,
    /// How.
    pub methods: MethodSet,
    /// Whether no device had proven its key yet, where one has since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_device: bool,
}

/// An application whose host was given the cookie of a rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Given {
    resource: ResourceId,
    rotation: u32,
    at: Timestamp,
}

impl Renewals {
    /// Whether the session was never renewed, or every cookie from before is void.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.former.is_empty()
    }

    /// The proofs before the present one, oldest first.
    #[must_use]
    pub fn former(&self) -> &[FormerProof] {
        &self.former
    }

    /// Keeps a proof that a new one replaces.
    pub fn keep(&mut self, proof: FormerProof) {
        if self.former.len() >= FORMER {
            self.former.remove(1);
        }
        self.former.push(proof);
    }

    /// A device proves its key in the session: what cookies from before show is the session without it.
    pub fn keep_without_device(&mut self, proof: FormerProof) {
        self.keep(proof);
        for former in &mut self.former {
            former.without_device = true;
        }
    }

    /// An application's host was given the cookie of that rotation.
    pub fn give(&mut self, resource: ResourceId, rotation: u32, at: Timestamp) {
        self.given.retain(|given| given.resource != resource);
        if self.given.len() >= GIVEN {
            *self = Self::default();
            return;
        }
        self.given.push(Given { resource, rotation, at });
    }

    /// Whether an application's cookie of an earlier rotation still counts: its host was not given a later one, or only just.
    #[must_use]
    pub fn counts(&self, resource: &ResourceId, rotation: u32, now: Timestamp) -> bool {
        let given = self.given.iter().find(|given| given.resource == *resource && given.rotation > rotation);
        given.is_none_or(|given| now < given.at.plus(RENEWAL_GRACE))
    }

    /// The place among [`Renewals::former`] of what a cookie of that rotation shows: the proof that it was made under or, where that is
    /// no longer kept, the last one before it, which could do no more.
    #[must_use]
    pub fn place_of(&self, rotation: u32) -> Option<usize> {
        self.former.iter().rposition(|proof| proof.rotation <= rotation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Method;

    fn proof(rotation: u32) -> FormerProof {
        FormerProof {
            rotation,
            authenticated_at: Timestamp::from_millis(i64::from(rotation)),
            methods: MethodSet::EMPTY.with(Method::Password),
            without_device: false,
        }
    }

    #[test]
    fn a_cookie_shows_its_own_proof_or_an_earlier_one() {
        let mut renewals = Renewals::default();
        assert_eq!(renewals.place_of(0), None);
        for rotation in 3..40 {
            renewals.keep(proof(rotation));
            for cookie in 0..50 {
                let shown = renewals.place_of(cookie).map(|place| renewals.former()[place].rotation);
                assert!(shown.is_none_or(|shown| shown <= cookie), "{cookie} shows {shown:?}");
                assert_eq!(shown.is_some(), cookie >= 3, "{cookie}");
            }
            assert!(renewals.former().len() <= FORMER);
            assert_eq!(renewals.former().first().map(|first| first.rotation), Some(3));
        }
    }

    #[test]
    fn what_was_before_the_proof_of_a_device_stays_without_it() {
        let mut renewals = Renewals::default();
        renewals.keep(proof(0));
        renewals.keep_without_device(proof(1));
        renewals.keep(proof(2));
        let without: Vec<bool> = renewals.former().iter().map(|proof| proof.without_device).collect();
        assert_eq!(without, [true, true, false]);
    }

    #[test]
    fn an_old_cookie_counts_until_its_replacement_was_given() {
        let [wiki, mail]: [ResourceId; 2] = ["wiki", "mail"].map(|id| id.parse().expect("an id"));
        let at = Timestamp::from_millis(1_000_000);
        let mut renewals = Renewals::default();
        renewals.keep(proof(0));
        assert!(renewals.counts(&wiki, 0, at));
        renewals.give(wiki.clone(), 1, at);
        assert!(renewals.counts(&wiki, 0, at.plus(Span::from_seconds(29))));
        assert!(!renewals.counts(&wiki, 0, at.plus(RENEWAL_GRACE)));
        assert!(
            renewals.counts(&wiki, 1, at.plus(RENEWAL_GRACE)),
            "the replacement itself, once it is old in its turn"
        );
        assert!(renewals.counts(&mail, 0, at.plus(RENEWAL_GRACE)));
    }

    #[test]
    fn what_cannot_be_kept_voids_every_cookie_from_before() {
        let mut renewals = Renewals::default();
        renewals.keep(proof(0));
        for number in 0..=GIVEN {
            renewals.give(format!("app-{number}").parse().expect("an id"), 1, Timestamp::default());
        }
        assert!(renewals.is_empty() && renewals.place_of(0).is_none());
    }
}
