//! JSON that every parser reads alike: each name of an object once, bounded depth.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::fault::Fault;

/// The deepest nesting.
const DEEPEST: usize = 64;
/// What marks the error about a name that stands twice.
const TWICE: &str = "a name stands twice";

/// Reads a body.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, Fault> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = Seed { depth: 0 }.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| if error.to_string().starts_with(TWICE) { Fault::NameTwice } else { Fault::NotJson })
}

#[derive(Clone, Copy)]
struct Seed {
    depth: usize,
}

impl Seed {
    fn below<E: Error>(self) -> Result<Self, E> {
        if self.depth >= DEEPEST { Err(E::custom("nested too deeply")) } else { Ok(Self { depth: self.depth + 1 }) }
    }
}

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let (below, mut list) = (self.below()?, Vec::new());
        while let Some(value) = sequence.next_element_seed(below)? {
            list.push(value);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let (below, mut map) = (self.below()?, Map::new());
        while let Some(name) = access.next_key::<String>()? {
            let value = access.next_value_seed(below)?;
            // INVARIANT I-48: of two values under one name some servers take the first and some the last.
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom(TWICE));
            }
        }
        Ok(map.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i48_a_body_has_one_reading() {
        assert_eq!(read(br#"{"a": [1, -2, 1.5, "x", null, true]}"#).expect("JSON")["a"][1], -2);
        assert_eq!(read(br#"{"a": 1, "b": {"c": 1, "c": 2}}"#), Err(Fault::NameTwice));
        assert_eq!(read(br#"{"a": 1, "\u0061": 2}"#), Err(Fault::NameTwice));
        for odd in ["", "{", "{} {}", "[1,]", "1e999", "\u{feff}{}", "{'a': 1}", "NaN", "\"\\ud800\""] {
            assert_eq!(read(odd.as_bytes()), Err(Fault::NotJson), "{odd}");
        }
        assert_eq!(read(b"\"\xff\""), Err(Fault::NotJson));
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(nested(DEEPEST).as_bytes()).is_ok());
        assert_eq!(read(nested(DEEPEST + 1).as_bytes()), Err(Fault::NotJson));
        assert_eq!(read(nested(100_000).as_bytes()), Err(Fault::NotJson));
    }
}
