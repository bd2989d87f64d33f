//! Values that many entities share, kept once: departments, platforms, tags, and the groups that people are in.

use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use arcstr::ArcStr;
use imbl::GenericHashMap;
use imbl::shared_ptr::DefaultSharedPtr;
use sekisho_model::facts::{Fact, Handle, Kin};

/// How many values are shared. Past this they are simply not shared, so that values of which every entity has its own
/// cannot make the pool grow for ever.
const MOST: usize = 1 << 16;

type Shared<K, V> = GenericHashMap<K, V, BuildHasherDefault<DefaultHasher>, DefaultSharedPtr>;

/// A pool of shared values.
#[derive(Debug, Clone, Default)]
pub(super) struct FactPool {
    names: Shared<ArcStr, ArcStr>,
    /// Sets of strings, by their members.
    sets: Shared<ArcStr, Fact>,
    /// What entities without tags are in.
    ancestors: Shared<Arc<[Handle]>, Kin>,
}

impl FactPool {
    /// The shared twin of a name.
    pub(super) fn name(&mut self, text: &str) -> ArcStr {
        if let Some(shared) = self.names.get(text) {
            return shared.clone();
        }
        let name = ArcStr::from(text);
        if self.names.len() < MOST {
            self.names.insert(name.clone(), name.clone());
        }
        name
    }

    /// A string value that others have too.
    pub(super) fn string(&mut self, text: &str) -> Fact {
        Fact::String(self.name(text))
    }

    /// Ancestors and tags, shared where there are no tags.
    pub(super) fn kin(&mut self, mut ancestors: Vec<Handle>, tags: Vec<(ArcStr, Fact)>) -> Kin {
        if ancestors.is_empty() || !tags.is_empty() {
            return Kin::new(ancestors, tags);
        }
        ancestors.sort_unstable();
        ancestors.dedup();
        if let Some(shared) = self.ancestors.get(ancestors.as_slice()) {
            return shared.clone();
        }
        let kin = Kin::new(ancestors.clone(), tags);
        if self.ancestors.len() < MOST {
            self.ancestors.insert(ancestors.into(), kin.clone());
        }
        kin
    }

    /// The shared twin of a set of strings; anything else as it is.
    pub(super) fn set(&mut self, value: Fact) -> Fact {
        let Some(key) = written_out(&value) else { return value };
        if let Some(shared) = self.sets.get(key.as_str()) {
            return shared.clone();
        }
        if self.sets.len() < MOST {
            self.sets.insert(ArcStr::from(key), value.clone());
        }
        value
    }
}

/// The members of a set of strings in their order, each after its length, so that no two sets are written alike.
fn written_out(value: &Fact) -> Option<String> {
    use std::fmt::Write;
    let Fact::Set(set) = value else { return None };
    let mut key = String::new();
    for member in set.members() {
        let Fact::String(text) = member else { return None };
        write!(key, "{} {text}", text.len()).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(members: &[&str]) -> Fact {
        Fact::set(members.iter().map(|member| Fact::string(*member)))
    }

    #[test]
    fn equal_sets_are_one_and_others_are_not() {
        let mut pool = FactPool::default();
        let sets: Vec<Vec<&str>> = vec![vec![], vec![""], vec!["a", "b"], vec!["a1 b"], vec!["a", "1 b"], vec!["ab"]];
        for members in &sets {
            assert_eq!(pool.set(set(members)), set(members));
        }
        for members in &sets {
            assert_eq!(pool.set(set(members)), set(members));
        }
        assert_eq!(pool.sets.len(), sets.len());
        assert_eq!(pool.set(Fact::Long(1)), Fact::Long(1));
    }
}
