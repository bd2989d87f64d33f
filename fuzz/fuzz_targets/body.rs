//! `cargo +nightly fuzz run body`
#![no_main]

#[path = "../targets/body.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| target::check(bytes));
