//! The normal form of a document's body: checked against its type, every default written out.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    ApiDocument, ApiToken, GrantRequest, IdentityProvider, Label, NameList, Playbook, Resource, ThreatFeed,
    VulnerabilitySource, Workload,
};
use crate::is_shown;

/// The body as its type writes it.
pub(super) fn normal<T: DeserializeOwned + Serialize>(body: &Value) -> Result<Value, String> {
    serde_json::to_value(typed::<T>(body)?).map_err(|error| error.to_string())
}

/// The fields that people read beside those of others, and decide by.
const READ_BY_PEOPLE: [&str; 3] = ["name", "reason", "description"];

/// Rejects characters by which one name could look like another, or steer what shows it.
fn check_shown(body: &Value) -> Result<(), String> {
    for field in READ_BY_PEOPLE {
        let value = body.get(field);
        let whole = value.and_then(Value::as_str);
        let by_language = ["en", "ja"].map(|language| value.and_then(|value| value.get(language)?.as_str()));
        let letters = whole.into_iter().chain(by_language.into_iter().flatten()).flat_map(str::chars);
        let breaks = |letter: &char| field != "name" && matches!(letter, '\n' | '\r');
        if let Some(letter) = letters.filter(|letter| !breaks(letter)).find(|letter| !is_shown(*letter)) {
            let number = u32::from(letter);
            return Err(format!(
                "`{field}`: the character U+{number:04X} is not shown, or turns the text around it: remove it"
            ));
        }
    }
    Ok(())
}

/// A resource whose way in fits its kind.
pub(super) fn normal_resource(body: &Value) -> Result<Value, String> {
    let resource = typed::<Resource>(body)?;
    resource.check_way_in()?;
    resource.requests.check()?;
    normal::<Resource>(body)
}

/// Declares the normal forms of types that check themselves.
macro_rules! checked {
    ($($name:ident: $type:ty;)*) => {$(
        pub(super) fn $name(body: &Value) -> Result<Value, String> {
            typed::<$type>(body)?.check()?;
            normal::<$type>(body)
        }
    )*};
}

checked! {
    normal_threat_feed: ThreatFeed;
    normal_playbook: Playbook;
    normal_label: Label;
    normal_api_document: ApiDocument;
    normal_api_token: ApiToken;
    normal_identity_provider: IdentityProvider;
    normal_grant_request: GrantRequest;
    normal_name_list: NameList;
    normal_vulnerability_source: VulnerabilitySource;
    normal_workload: Workload;
}

fn typed<T: DeserializeOwned>(body: &Value) -> Result<T, String> {
    check_shown(body)?;
    serde_path_to_error::deserialize(body).map_err(|error| match error.path().to_string().as_str() {
        "." => error.inner().to_string(),
        field => format!("`{field}`: {}", error.inner()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::documents::Kind;

    #[test]
    fn no_name_looks_like_another_or_steers_what_shows_it() {
        for name in ["Admin\u{202e}", "a\u{0}", "a\u{1b}[2J", "a\nb", "a\u{200b}", "a\u{9b}"] {
            let user = Kind::User.normalise(&json!({ "id": "a", "name": name }));
            assert!(user.is_err_and(|error| error.starts_with("`name`: the character U+")), "{name:?}");
            assert!(
                Kind::Label
                    .normalise(&json!({ "id": "a", "name": { "en": "A", "ja": name }, "sensitivity": 1 }))
                    .is_err()
            );
        }
        let shown = json!({ "id": "a", "name": "Ὀδυσσεύς \u{5e9} 東京 👩\u{200d}💻" });
        assert!(Kind::User.normalise(&shown).is_ok());
    }
}
