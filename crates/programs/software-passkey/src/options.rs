//! Reading what a relying party asks of the authenticator.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::Refused;

/// Options of either ceremony, with or without the `publicKey` around them.
pub(crate) struct Options<'a>(&'a Value);

impl<'a> Options<'a> {
    pub(crate) fn of(value: &'a Value) -> Self {
        Self(value.get("publicKey").unwrap_or(value))
    }

    /// A text at a JSON pointer.
    pub(crate) fn text(&self, pointer: &'static str) -> Result<&'a str, Refused> {
        self.0.pointer(pointer).and_then(Value::as_str).ok_or(Refused::Options(pointer))
    }

    /// Bytes at a JSON pointer.
    pub(crate) fn bytes(&self, pointer: &'static str) -> Result<Vec<u8>, Refused> {
        URL_SAFE_NO_PAD.decode(self.text(pointer)?).map_err(|_| Refused::Options(pointer))
    }

    /// The credential identifiers in a list of descriptors; empty when there is none.
    pub(crate) fn credentials(&self, list: &str) -> Vec<Vec<u8>> {
        let descriptors = self.0.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let id = |descriptor: &Value| URL_SAFE_NO_PAD.decode(descriptor.get("id")?.as_str()?).ok();
        descriptors.iter().filter_map(id).collect()
    }

    /// Whether ES256 is among the algorithms.
    pub(crate) fn offers_es256(&self) -> bool {
        let offered = self.0.get("pubKeyCredParams").and_then(Value::as_array);
        offered.is_some_and(|list| list.iter().any(|entry| entry.get("alg").and_then(Value::as_i64) == Some(-7)))
    }
}
