//! Where the codes of a terminal's sign-in are kept: a long one that the terminal holds, a short one that a person types or compares.

use aws_lc_rs::hmac;

use crate::random;

/// Where the request behind a short code is found. Keyed: who reads the database cannot try all codes.
pub(crate) fn user_code_place(key: &hmac::Key, code: &str) -> String {
    format!("terminal/user-{}", hex::encode(random::keyed(key, "terminal-user-code", code)))
}

/// Where the request behind a long code is kept.
pub(crate) fn device_code_place(code: &str) -> String {
    format!("terminal/device-{}", random::digest_hex("terminal-device-code", code))
}
