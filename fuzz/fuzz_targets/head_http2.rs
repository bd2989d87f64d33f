//! `cargo +nightly fuzz run head_http2`
#![no_main]

#[path = "../targets/head_http2.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| target::check(bytes));
