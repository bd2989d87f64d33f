//! What the data of one answer passes through: a filter, or nothing.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::treatment::prepare_answer;
use crate::{Filter, Stopped, Treatment, Unreadable};

/// What the data of an answer passes through.
#[derive(Debug)]
pub struct Passage(Option<Box<Filter>>);

impl Passage {
    /// The passage of an answer with this head, which is changed where other bytes are sent.
    ///
    /// # Errors
    /// [`Unreadable`]: the answer must not pass.
    pub fn of(treatment: Treatment, status: StatusCode, fields: &mut HeaderMap) -> Result<Self, Unreadable> {
        let filter = if treatment.is_as_it_is() { None } else { Filter::of(status, fields)? };
        if filter.is_some() {
            prepare_answer(fields);
        }
        Ok(Self(filter.map(Box::new)))
    }

    /// Whether other bytes are sent than come.
    #[must_use]
    pub const fn changes(&self) -> bool {
        self.0.is_some()
    }

    /// Takes data. Returns what may go on: it may be nothing.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn data(&mut self, data: Bytes) -> Result<Bytes, Stopped> {
        match &mut self.0 {
            None => Ok(data),
            Some(filter) => filter.push(&data),
        }
    }

    /// Takes the end. Returns the rest.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn end(&mut self) -> Result<Bytes, Stopped> {
        self.0.take().map_or_else(|| Ok(Bytes::new()), |mut filter| filter.finish())
    }
}
