//! Values that many entities share, kept once: departments, platforms, tags.

use arcstr::ArcStr;
use imbl::OrdSet;
use sekisho_model::facts::Fact;

/// How many values are shared. Past this they are simply not shared, so that values of which every entity has its own
/// cannot make the pool grow for ever.
const MOST: usize = 1 << 16;

/// A pool of shared values.
#[derive(Debug, Clone, Default)]
pub(super) struct FactPool {
    values: OrdSet<Fact>,
    names: OrdSet<ArcStr>,
}

impl FactPool {
    /// The shared twin of a value.
    pub(super) fn share(&mut self, value: Fact) -> Fact {
        if let Some(shared) = self.values.get(&value) {
            return shared.clone();
        }
        if self.values.len() < MOST {
            self.values.insert(value.clone());
        }
        value
    }

    /// The shared twin of a string value.
    pub(super) fn string(&mut self, text: &str) -> Fact {
        self.share(Fact::string(text))
    }

    /// The shared twin of a name.
    pub(super) fn name(&mut self, text: &str) -> ArcStr {
        if let Some(shared) = self.names.get(text) {
            return shared.clone();
        }
        let name = ArcStr::from(text);
        if self.names.len() < MOST {
            self.names.insert(name.clone());
        }
        name
    }
}
