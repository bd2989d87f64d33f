//! The normal form of a document's body: checked against its type, every default written out.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ApiToken, GrantRequest, IdentityProvider, Label, Playbook, Resource, ThreatFeed};

/// The body as its type writes it.
pub(super) fn normal<T: DeserializeOwned + Serialize>(body: &Value) -> Result<Value, String> {
    serde_json::to_value(typed::<T>(body)?).map_err(|error| error.to_string())
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
    normal_api_token: ApiToken;
    normal_identity_provider: IdentityProvider;
    normal_grant_request: GrantRequest;
}

fn typed<T: DeserializeOwned>(body: &Value) -> Result<T, String> {
    serde_path_to_error::deserialize(body).map_err(|error| match error.path().to_string().as_str() {
        "." => error.inner().to_string(),
        field => format!("`{field}`: {}", error.inner()),
    })
}
