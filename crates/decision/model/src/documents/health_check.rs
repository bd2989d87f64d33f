//! How an application's addresses are asked whether they are well.

use std::num::NonZeroU8;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};

/// Asks each address again and again. Without a path, an address is well when it accepts a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    /// How often each address is asked.
    #[serde(default = "five")]
    every_seconds: NonZeroU8,
    /// How long it may take to answer.
    #[serde(default = "two")]
    timeout_seconds: NonZeroU8,
    /// What is asked for (GET); only a connection is made when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<HealthPath>,
    /// The status of a good answer.
    #[serde(default = "ok")]
    status: HealthStatus,
    /// So many bad answers in a row, and the address is left.
    #[serde(default = "three")]
    unhealthy_after: NonZeroU8,
    /// So many good answers in a row, and it serves again.
    #[serde(default = "two")]
    healthy_after: NonZeroU8,
}

/// A path to ask for: absolute, visible ASCII, no fragment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
struct HealthPath(String);

/// A final status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
struct HealthStatus(u16);

impl HealthCheck {
    /// How often each address is asked.
    #[must_use]
    pub fn every(&self) -> Duration {
        Duration::from_secs(self.every_seconds.get().into())
    }

    /// How long it may take to answer.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds.get().into())
    }

    /// What is asked for, and the status of a good answer.
    #[must_use]
    pub fn question(&self) -> Option<(&str, u16)> {
        self.path.as_ref().map(|path| (path.0.as_str(), self.status.0))
    }

    /// So many bad answers in a row, and the address is left.
    #[must_use]
    pub const fn unhealthy_after(&self) -> u8 {
        self.unhealthy_after.get()
    }

    /// So many good answers in a row, and it serves again.
    #[must_use]
    pub const fn healthy_after(&self) -> u8 {
        self.healthy_after.get()
    }
}

impl<'de> Deserialize<'de> for HealthPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = String::deserialize(deserializer)?;
        let is_path = path.starts_with('/') && path.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'#');
        if is_path && path.len() <= 1024 {
            return Ok(Self(path));
        }
        Err(serde::de::Error::custom(format!(
            "`{}` is not a path: write one such as `/healthz`, of visible ASCII",
            path.escape_debug()
        )))
    }
}

impl<'de> Deserialize<'de> for HealthStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u16::deserialize(deserializer)? {
            status @ 200..=599 => Ok(Self(status)),
            other => {
                Err(serde::de::Error::custom(format!("`{other}` is not the status of an answer: write 200 to 599")))
            }
        }
    }
}

const fn ok() -> HealthStatus {
    HealthStatus(200)
}

const fn two() -> NonZeroU8 {
    NonZeroU8::MIN.saturating_add(1)
}

const fn three() -> NonZeroU8 {
    NonZeroU8::MIN.saturating_add(2)
}

const fn five() -> NonZeroU8 {
    NonZeroU8::MIN.saturating_add(4)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_check_is_short_or_whole_and_comes_back() {
        let short: HealthCheck = serde_json::from_value(json!({})).expect("a check");
        assert_eq!((short.every(), short.question()), (Duration::from_secs(5), None));
        let whole = json!({
            "every_seconds": 9, "timeout_seconds": 1, "path": "/healthz?deep", "status": 204, "unhealthy_after": 1,
            "healthy_after": 4,
        });
        let check: HealthCheck = serde_json::from_value(whole.clone()).expect("a check");
        assert_eq!(check.question(), Some(("/healthz?deep", 204)));
        assert_eq!(serde_json::to_value(&check).expect("a value"), whole);
    }

    #[test]
    fn a_wrong_check_says_what_to_write() {
        for (wrong, fix) in [
            (json!({ "path": "healthz" }), "/healthz"),
            (json!({ "path": "/a b\r\nX: 1" }), "visible ASCII"),
            (json!({ "status": 101 }), "200 to 599"),
            (json!({ "every_seconds": 0 }), "nonzero"),
            (json!({ "follow": true }), "unknown field"),
        ] {
            let error = serde_json::from_value::<HealthCheck>(wrong.clone()).expect_err("a wrong check").to_string();
            assert!(error.contains(fix), "{wrong}: {error}");
        }
    }
}
