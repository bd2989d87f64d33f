//! One administration: what the console, the command line and the REST API do is one set of acts, with one record, one effect and one
//! refusal; what a role may not do is refused at every route and offered on no page; and the API is as its OpenAPI document says.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::indexing_slicing, reason = "a test may stop at the first surprise")]
#![expect(clippy::panic, reason = "a test may stop at the first surprise")]

mod four_ways;
mod helpdesk;
mod place;
mod roles;
mod schemathesis;

use place::Place;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_administration() {
    let mut place = Place::new().await;
    four_ways::an_account_is_disabled_in_four_ways(&mut place).await;
    four_ways::nobody_disables_their_own_account(&mut place).await;
    roles::each_role_is_refused_what_is_not_its_own(&mut place).await;
    helpdesk::a_refusal_of_the_helpdesk_names_what_is_missing(&mut place).await;
    helpdesk::the_helpdesk_sees_what_works(&mut place).await;
}
