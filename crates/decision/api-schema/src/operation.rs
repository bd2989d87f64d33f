//! One operation of an API.

use arcstr::ArcStr;

use crate::body::BodyRule;
use crate::parameter::Parameter;

/// One operation: what a method does at a path.
#[derive(Debug)]
pub struct Operation {
    pub(crate) id: ArcStr,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) summary: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: BodyRule,
}

impl Operation {
    /// What policies name it by: its `operationId`, or method and path where it has none.
    #[must_use]
    pub const fn id(&self) -> &ArcStr {
        &self.id
    }

    /// Its method, upper case.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Its path, with parameters in braces.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What it does, in the words of the document; empty where it says nothing.
    #[must_use]
    pub fn summary(&self) -> &str {
        &self.summary
    }
}
