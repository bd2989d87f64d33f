//! What is published: the certificates there are, and how each host stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use sekisho_model::Timestamp;

use crate::certificate::Issued;

/// What there is.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// The certificates that are good now, for wanted hosts.
    pub certificates: Vec<Arc<Issued>>,
    /// How each wanted host stands.
    pub hosts: BTreeMap<String, HostState>,
    /// How many orders came to what, since the start.
    pub orders: BTreeMap<&'static str, u64>,
}

/// How one host stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostState {
    /// When its certificate is renewed.
    pub renew_at: Option<Timestamp>,
    /// Why the last order came to nothing.
    pub problem: Option<HostProblem>,
}

/// Why an order came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostProblem {
    /// The kind of failure: a stable code.
    pub kind: &'static str,
    /// What happened, as the authority or we say it.
    pub text: String,
    /// When it is tried again.
    pub next: Timestamp,
    pub(crate) failures: u32,
}

impl State {
    /// Whether it says the same.
    pub(crate) fn is_as(&self, other: &Self) -> bool {
        self.certificates.len() == other.certificates.len()
            && self.certificates.iter().zip(&other.certificates).all(|(one, another)| Arc::ptr_eq(one, another))
            && self.hosts == other.hosts
            && self.orders == other.orders
    }

    /// How many hosts' last orders came to nothing.
    #[must_use]
    pub fn failing(&self) -> usize {
        self.hosts.values().filter(|host| host.problem.is_some()).count()
    }
}
