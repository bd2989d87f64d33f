//! The permit: the proof that a request was decided and permitted. Only this crate makes one.

use sekisho_model::AccessRequest;
use sekisho_model::facts::Handle;
use sekisho_policy_language::Obligation;

/// A permitted request with what its permission obliges to. Not clonable, not deserialisable: its holder got it
/// from `decide`, and the functions that reach an upstream demand it.
///
/// ```compile_fail
/// fn forge(request: sekisho_model::AccessRequest) -> sekisho_policy_engine::Permit {
///     sekisho_policy_engine::Permit { request, obligations: Vec::new(), world: 0 }
/// }
/// ```
#[derive(Debug)]
pub struct Permit {
    request: AccessRequest,
    obligations: Vec<Obligation>,
    world: u64,
}

impl Permit {
    // INVARIANT I-1: a Permit has private fields and this one maker, which no other crate can see.
    pub(crate) const fn new(request: AccessRequest, obligations: Vec<Obligation>, world: u64) -> Self {
        Self { request, obligations, world }
    }

    /// The request that is permitted.
    #[must_use]
    pub const fn request(&self) -> &AccessRequest {
        &self.request
    }

    /// The resource that may be reached.
    #[must_use]
    pub fn resource(&self) -> Handle {
        self.request.resource()
    }

    /// What the enforcement point must do: every `@obligation` of the policies that permitted, each once, in order.
    #[must_use]
    pub fn obligations(&self) -> &[Obligation] {
        &self.obligations
    }

    /// The revision of the World that was read.
    #[must_use]
    pub const fn world(&self) -> u64 {
        self.world
    }
}
