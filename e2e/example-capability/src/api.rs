//! The route of the example in the REST API: which resources nobody owns.

use sekisho_rest::{Access, Answer, Api, Call, Page, Routes, route};

use crate::pages::UNOWNED_READ;
use crate::unowned::Unowned;

/// One route, for those who may look.
#[must_use]
pub const fn api<S: AsRef<Unowned>>() -> Api<S> {
    Api {
        name: "unowned",
        routes: |state| Routes::new().add(Access::Act(UNOWNED_READ), route!(list)).with(state.as_ref().clone()),
    }
}

/// List the resources that nobody owns.
#[utoipa::path(get, path = "/unowned", tag = "unowned", responses((status = 200, body = Page<String>)))]
async fn list(call: Call<Unowned>) -> Answer<Page<String>> {
    Answer::ok(Page { items: call.services.resources(), next: None })
}
