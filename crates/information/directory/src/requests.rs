//! The last requests of identity providers at this process, for the people who look after them.

use std::collections::VecDeque;

use sekisho_model::Timestamp;
use serde::Serialize;
use tokio::sync::watch;
use utoipa::ToSchema;

/// How many requests are kept; older ones are forgotten.
const KEPT: usize = 50;

/// One request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProvisioningRequest {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who asked.
    pub by: String,
    /// The method.
    pub method: String,
    /// What it asked for, below the address of the server.
    pub path: String,
    /// The status of the answer.
    #[schema(minimum = 100, maximum = 599)]
    pub status: u16,
    /// Why it was refused, where it was.
    pub problem: Option<String>,
}

/// The last requests. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Requests(watch::Sender<VecDeque<ProvisioningRequest>>);

impl Requests {
    /// Notes one.
    pub(crate) fn note(&self, request: ProvisioningRequest) {
        self.0.send_modify(|all| {
            all.truncate(KEPT - 1);
            all.push_front(request);
        });
    }

    /// The last ones, newest first.
    #[must_use]
    pub fn last(&self) -> Vec<ProvisioningRequest> {
        self.0.borrow().iter().cloned().collect()
    }
}
