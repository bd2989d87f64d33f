//! One attribute against one constant: what most terms are, answered without going through the general operators.

use sekisho_policy_language::node::{Against, Read};

use crate::evaluate::{Evaluator, Fault};
use crate::operators::{in_range, ordered};
use crate::value::Value;

impl Evaluator<'_> {
    /// Whether an attribute passes a test against a constant.
    pub(crate) fn against(&mut self, test: Against, of: Read, constant: u32) -> Result<bool, Fault> {
        let value = match of {
            Read::Own(whose, slot) => self.own(whose, slot)?,
            Read::Context(slot) => self.context(slot),
        };
        let value = value.ok_or(Fault::Missing)?;
        if let Against::Like = test {
            let Value::String(text) = value else { return Err(Fault::Type) };
            return Ok(self.program.pattern(constant).ok_or(Fault::Program)?.matches(text));
        }
        let constant = self.constant(constant)?;
        match test {
            Against::Equal => Ok(self.equal(value, constant)),
            Against::Less => Ok(ordered(value, constant)?.is_lt()),
            Against::LessOrEqual => Ok(ordered(value, constant)?.is_le()),
            Against::Greater => Ok(ordered(value, constant)?.is_gt()),
            Against::GreaterOrEqual => Ok(ordered(value, constant)?.is_ge()),
            Against::Member => self.contains(constant, value),
            Against::InRange => in_range(value, constant),
            Against::Like => Err(Fault::Program),
        }
    }
}
