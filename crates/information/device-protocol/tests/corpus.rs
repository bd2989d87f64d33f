//! Every input of the fuzz corpora, checked with what the fuzz targets check.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test reads files, prints, and may stop at the first surprise"
)]

#[path = "../../../../fuzz/replay.rs"]
mod replay;
#[path = "../../../../fuzz/targets/report.rs"]
mod report;

use replay::replay;

#[test]
fn corpus_of_report() {
    replay("report", report::check);
}
