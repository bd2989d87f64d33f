//! Access events on their way to the ledger: written as JSON lines where they arise, one write for many.

use sekisho_model::Timestamp;

/// Access events of a moment. Adding one writes its line into the buffer and allocates nothing else.
#[derive(Debug, Clone, Default)]
pub struct AccessBatch {
    pub(crate) bytes: Vec<u8>,
    pub(crate) events: u64,
}

impl AccessBatch {
    /// A batch with room for that many bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), events: 0 }
    }

    /// Adds a request with its method, path and answer, and the request whose decision covers it (its own for the first).
    pub fn push(
        &mut self,
        at: Timestamp,
        request: &str,
        decision: &str,
        (method, path): (&str, &str),
        (status, reason): (u16, Option<&str>),
    ) {
        // The fields of [`sekisho_model::AccessEvent`] in their order. Texts and numbers always have a JSON form, and a buffer
        // takes everything; a line is counted only if it is whole.
        let length = self.bytes.len();
        let fields = [("request", request), ("decision", decision), ("method", method), ("path", path)];
        let whole = self.value("{\"at\":", &at)
            && fields.into_iter().all(|(name, text)| self.text(name, text))
            && self.value(",\"status\":", &status)
            && reason.is_none_or(|reason| self.text("reason", reason));
        if whole {
            self.bytes.extend_from_slice(b"}\n");
            self.events += 1;
        } else {
            self.bytes.truncate(length);
        }
    }

    fn value(&mut self, before: &str, value: &impl serde::Serialize) -> bool {
        self.bytes.extend_from_slice(before.as_bytes());
        serde_json::to_writer(&mut self.bytes, value).is_ok()
    }

    fn text(&mut self, name: &str, text: &str) -> bool {
        self.bytes.extend_from_slice(b",\"");
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(b"\":");
        let plain = |byte: &u8| matches!(byte, b' '..=b'~') & (*byte != b'"') & (*byte != b'\\');
        if text.as_bytes().iter().fold(true, |all, byte| all & plain(byte)) {
            // Nothing to escape, as in nearly every text.
            self.bytes.push(b'"');
            self.bytes.extend_from_slice(text.as_bytes());
            self.bytes.push(b'"');
            return true;
        }
        serde_json::to_writer(&mut self.bytes, text).is_ok()
    }

    /// How many events it holds.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.events
    }

    /// Whether it holds none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.events == 0
    }

    /// How many bytes its lines have.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Takes what it holds, leaving it empty with as much room as before.
    #[must_use]
    pub fn take(&mut self) -> Self {
        let empty = Self::with_capacity(self.bytes.capacity());
        std::mem::replace(self, empty)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sekisho_model::{AccessEvent, RequestId};

    use super::*;

    proptest! {
        #[test]
        fn a_line_is_the_event_and_cannot_be_broken(request: String, decision: String, method: String, path: String, status: u16, reason: Option<String>) {
            let mut batch = AccessBatch::default();
            batch.push(Timestamp::from_millis(5), &request, &decision, (&method, &path), (status, reason.as_deref()));
            let event = AccessEvent {
                at: Timestamp::from_millis(5),
                request: RequestId::new(request.as_str()),
                decision: RequestId::new(decision.as_str()),
                method, path, status, reason,
            };
            let expected = serde_json::to_string(&event).expect("JSON") + "\n";
            prop_assert_eq!(std::str::from_utf8(&batch.bytes), Ok(expected.as_str()));
            prop_assert_eq!(batch.bytes.iter().filter(|byte| **byte == b'\n').count(), 1);
        }
    }
}
