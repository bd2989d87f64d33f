//! The signals' names. The texts of the pages say what they mean.

/// Recent failed sign-ins to the account.
pub const FAILED_SIGN_INS: &str = "failed-sign-ins";
/// The first sign-in from a device.
pub const NEW_DEVICE: &str = "new-device";
/// A declared check fails on the device.
pub const NOT_COMPLIANT: &str = "device-not-compliant";
/// The address is on a threat list.
pub const THREAT_ADDRESS: &str = "threat-address";
