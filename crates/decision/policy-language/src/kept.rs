//! What a set that was loaded before keeps for the next one: a policy whose text is the same is neither parsed nor validated again.
//!
//! A change of one policy among ten thousand then costs what one policy costs, and the scan of the texts. The text of a policy decides
//! everything about it but its place and its default name, so what is kept is what would be found again.

use std::collections::HashMap;
use std::sync::Arc;

use cedar_policy::Policy;
use cedar_policy::pst::Policy as Tree;

use crate::PolicyMeta;
use crate::policies::Policies;

/// A policy that was loaded before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub policy: &'a Policy,
    pub meta: &'a PolicyMeta,
    pub tree: &'a Arc<Tree>,
}

/// The policies of a set by their texts.
#[derive(Debug, Default)]
pub(crate) struct Kept<'a>(HashMap<&'a str, Known<'a>>);

impl<'a> Kept<'a> {
    /// Those of a set of which nothing is warned: what is warned of names places, which are found again.
    pub(crate) fn of(before: &'a Policies) -> Self {
        let each = before.metas().iter().zip(before.reference()).zip(before.trees());
        let known = each.filter_map(|((meta, policy), tree)| {
            Some((meta.text.as_str(), Known { policy, meta, tree: tree.as_ref()? }))
        });
        Self(known.collect())
    }

    /// The policy with that text.
    pub(crate) fn find(&self, text: &str) -> Option<Known<'a>> {
        self.0.get(text).copied()
    }
}
