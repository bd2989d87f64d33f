//! Custom attributes as the schema types them.

use sekisho_model::documents::AttributeValue;
use sekisho_model::facts::Fact;

/// A custom attribute as the tag that policies read. Cedar gives all tags of a type one type, so every tag is a set of
/// strings: `principal.hasTag("project") && principal.getTag("project").contains("apollo")`.
#[must_use]
pub fn tag(value: &AttributeValue) -> Fact {
    match value {
        AttributeValue::Bool(flag) => Fact::set([Fact::string(flag.to_string())]),
        AttributeValue::Long(number) => Fact::set([Fact::string(number.to_string())]),
        AttributeValue::String(text) => Fact::set([Fact::string(text.as_str())]),
        AttributeValue::Set(texts) => Fact::set(texts.iter().map(|text| Fact::string(text.as_str()))),
    }
}
