//! `cargo +nightly fuzz run websocket`
#![no_main]

#[path = "../targets/websocket.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| target::check(bytes));
