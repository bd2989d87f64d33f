//! What a permit obliges to do with data.

use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, ETAG, IF_MATCH, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, LAST_MODIFIED, RANGE,
};
use http::{HeaderMap, HeaderValue};
use sekisho_policy_language::Obligation;

/// What is done with the data of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// It passes as it is.
    AsItIs,
    /// Sensitive values are masked.
    Mask,
}

impl Treatment {
    /// What these obligations ask for.
    #[must_use]
    pub fn of(obligations: &[Obligation]) -> Self {
        if obligations.contains(&Obligation::Mask) { Self::Mask } else { Self::AsItIs }
    }

    /// Whether data passes as it is.
    #[must_use]
    pub const fn is_as_it_is(self) -> bool {
        matches!(self, Self::AsItIs)
    }

    /// Asks the application for the whole answer, in plain form: of a part, nobody can say what it is a part of.
    pub fn prepare_request(self, fields: &mut HeaderMap) {
        if self.is_as_it_is() {
            return;
        }
        for field in [RANGE, IF_RANGE, IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE] {
            fields.remove(field);
        }
        fields.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
}

/// Removes what the head says of the bytes, because others are sent, and keeps them out of caches.
pub(crate) fn prepare_answer(fields: &mut HeaderMap) {
    for field in [CONTENT_LENGTH, CONTENT_ENCODING, ETAG, LAST_MODIFIED, ACCEPT_RANGES] {
        fields.remove(field);
    }
    for field in ["content-md5", "digest", "content-digest", "repr-digest"] {
        fields.remove(field);
    }
    fields.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
}
