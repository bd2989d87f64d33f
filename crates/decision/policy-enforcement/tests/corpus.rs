//! Every input of the fuzz corpora, checked with what the fuzz targets check.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test reads files, prints, and may stop at the first surprise"
)]

#[path = "../../../../fuzz/targets/answer.rs"]
mod answer;
#[path = "../../../../fuzz/targets/body.rs"]
mod body;
#[path = "../../../../fuzz/targets/cookies.rs"]
mod cookies;
#[path = "../../../../fuzz/targets/head.rs"]
mod head;
#[path = "../../../../fuzz/targets/head_http2.rs"]
mod head_http2;
#[path = "../../../../fuzz/targets/path.rs"]
mod path;
#[path = "../../../../fuzz/replay.rs"]
mod replay;
#[path = "../../../../fuzz/targets/websocket.rs"]
mod websocket;

use replay::replay;

#[test]
fn corpus_of_answer() {
    replay("answer", answer::check);
}

#[test]
fn corpus_of_body() {
    replay("body", body::check);
}

#[test]
fn corpus_of_cookies() {
    replay("cookies", cookies::check);
}

#[test]
fn corpus_of_head() {
    replay("head", head::check);
}

#[test]
fn corpus_of_head_http2() {
    replay("head_http2", head_http2::check);
}

#[test]
fn corpus_of_path() {
    replay("path", path::check);
}

#[test]
fn corpus_of_websocket() {
    replay("websocket", websocket::check);
}
