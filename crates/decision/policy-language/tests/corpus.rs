//! Every input of the fuzz corpora, checked with what the fuzz targets check.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test reads files, prints, and may stop at the first surprise"
)]

#[path = "../../../../fuzz/targets/policy.rs"]
mod policy;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn corpus_of_policy() {
    replay("policy", policy::check);
}
