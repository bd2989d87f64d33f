//! What API documents contribute to the platform: a kind and an act.

use sekisho_capability::Capability;
use sekisho_model::documents::Kind;

use crate::acts::API_DOCUMENTS_READ;

/// The kind of API documents. Folding them is the World's work.
#[must_use]
pub const fn capability<S>() -> Capability<S> {
    Capability { kinds: &[Kind::ApiDocument], acts: &[API_DOCUMENTS_READ], ..Capability::named("api-documents") }
}
