//! `cargo +nightly fuzz run answer`
#![no_main]

#[path = "../targets/answer.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| target::check(bytes));
