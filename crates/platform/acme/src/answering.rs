//! The task that shows answers: it looks for the question that an order of this process, or of another one on the store, has
//! open, and shows its answer until the order ends.

use sekisho_capability::{Services, Turns};

use crate::acme::{Acme, LEASE};
use crate::challenge::Question;
use crate::failure::OrderFailure;
use crate::vault::Vault;

/// Answers in turns until the platform stops; then no answer is shown.
pub(crate) async fn run(acme: Acme, services: Services, mut turns: Turns) {
    let (vault, wanted) = (Vault { services }, acme.wanted());
    while turns.next().await {
        let is_asked = wanted.borrow().settings.is_some();
        let open = if is_asked { open(&vault).await } else { Ok(None) };
        let (open, read) = match open {
            Ok(open) => (open, Ok(())),
            // What cannot be seen is not answered.
            Err(error) => (None, Err(format!("whether an order is open cannot be seen: {error}"))),
        };
        let shown = acme.show(open).map_err(|error| format!("a question cannot be answered: {error}"));
        turns.ended(read.and(shown));
    }
    // The answer of no question can fail.
    let _ = acme.show(None);
}

/// The question of an order that is under way.
async fn open(vault: &Vault) -> Result<Option<Question>, OrderFailure> {
    // INVARIANT I-24: without an order under way there is no question, and so no answer.
    let Some(question) = vault.question().await? else { return Ok(None) };
    let held = vault.services.leases.held(LEASE).await?;
    Ok(held.is_some_and(|held| held.holder == question.lease).then_some(question))
}
