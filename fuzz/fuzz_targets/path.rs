//! `cargo +nightly fuzz run path`
#![no_main]

#[path = "../targets/path.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| target::check(bytes));
