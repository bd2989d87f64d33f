//! The signals' names and what people read for them.

use sekisho_model::Text;

/// Recent failed sign-ins to the account.
pub const FAILED_SIGN_INS: &str = "failed-sign-ins";
/// The first sign-in from a device.
pub const NEW_DEVICE: &str = "new-device";
/// A declared check fails on the device.
pub const NOT_COMPLIANT: &str = "device-not-compliant";
/// The address is on a threat list.
pub const THREAT_ADDRESS: &str = "threat-address";

/// What people read for a signal. A name that is not known here is shown as it is.
#[must_use]
pub fn describe(name: &str) -> Text {
    match name {
        FAILED_SIGN_INS => {
            Text::new("Recent failed sign-ins to this account", "このアカウントへの最近のサインイン失敗")
        }
        NEW_DEVICE => Text::new("First sign-in from this device", "この端末からの初めてのサインイン"),
        NOT_COMPLIANT => Text::new("The device fails a required check", "端末が必須の検査に合格していません"),
        THREAT_ADDRESS => {
            Text::new("The network address is on a threat list", "接続元アドレスが脅威リストに載っています")
        }
        other => Text { en: format!("Signal: {other}"), ja: Some(format!("シグナル: {other}")) },
    }
}
