//! The normal form of a document's body: checked against its type, every default written out.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ApiToken, GrantRequest, IdentityProvider, Label, Resource, ThreatFeed, Workload};

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

/// A feed that is read from a safe place.
pub(super) fn normal_threat_feed(body: &Value) -> Result<Value, String> {
    typed::<ThreatFeed>(body)?.check()?;
    normal::<ThreatFeed>(body)
}

/// A label that means something.
pub(super) fn normal_label(body: &Value) -> Result<Value, String> {
    typed::<Label>(body)?.check()?;
    normal::<Label>(body)
}

/// A token that has a role and an end.
pub(super) fn normal_api_token(body: &Value) -> Result<Value, String> {
    typed::<ApiToken>(body)?.check()?;
    normal::<ApiToken>(body)
}

/// A provider whose mappings are complete.
pub(super) fn normal_identity_provider(body: &Value) -> Result<Value, String> {
    typed::<IdentityProvider>(body)?.check()?;
    normal::<IdentityProvider>(body)
}

/// A workload whose issuers are named completely.
pub(super) fn normal_workload(body: &Value) -> Result<Value, String> {
    typed::<Workload>(body)?.check()?;
    normal::<Workload>(body)
}

/// A request that has a reason and an end.
pub(super) fn normal_grant_request(body: &Value) -> Result<Value, String> {
    typed::<GrantRequest>(body)?.check()?;
    normal::<GrantRequest>(body)
}

fn typed<T: DeserializeOwned>(body: &Value) -> Result<T, String> {
    serde_path_to_error::deserialize(body).map_err(|error| match error.path().to_string().as_str() {
        "." => error.inner().to_string(),
        field => format!("`{field}`: {}", error.inner()),
    })
}
