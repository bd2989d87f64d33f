//! `cargo +nightly fuzz run report`
#![no_main]

#[path = "../targets/report.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| target::check(bytes));
