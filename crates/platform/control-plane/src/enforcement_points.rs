//! Acts on enforcement points that are not ours: their tokens and certificates, and whether they may ask.

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_authority::ClientKey;
use sekisho_model::documents::{EnforcementPoint, EnforcementPointStatus, Kind};
use sekisho_model::{Actor, EnforcementPointId};
use sekisho_policy_enforcement::token_hash;
use serde_json::{Value, json};

use crate::{ApplyError, ControlPlane, Desired};

/// How many keys and how many tokens count at once: the new one, and the one before until everybody has the new.
const OVERLAP: usize = 2;

/// Why an enforcement point was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PointRefusal {
    /// There is no such enforcement point.
    #[error("there is no enforcement point `{0}`: write one and `sekisho apply` it")]
    NoPoint(EnforcementPointId),
    /// Its stored document cannot be read.
    #[error("`enforcement-point/{0}` cannot be read: it was altered outside of this program; restore it from a backup")]
    Damaged(EnforcementPointId),
    /// Its document cannot be as it would be.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// The store, the authority or the system's randomness failed.
    #[error("{0}")]
    Failed(String),
}

impl ControlPlane {
    /// Makes a token, and returns it. It is kept nowhere.
    ///
    /// # Errors
    /// [`PointRefusal::NoPoint`].
    pub async fn make_point_token(&self, id: &EnforcementPointId, actor: Actor) -> Result<String, PointRefusal> {
        let point = self.point(id).await?;
        let mut secret = [0; 32];
        let failed = |_| PointRefusal::Failed("the system gives no random bytes".to_owned());
        rand::fill(&mut secret).map_err(failed)?;
        let token = URL_SAFE_NO_PAD.encode(secret);
        let mut tokens = point.tokens.clone();
        tokens.push(token_hash(&token));
        self.put_point(&point, json!({ "tokens": newest(tokens) }), actor).await?;
        Ok(token)
    }

    /// Makes a key with its certificate, and returns them. The key is kept nowhere.
    ///
    /// # Errors
    /// [`PointRefusal::NoPoint`].
    pub async fn make_point_certificate(
        &self,
        id: &EnforcementPointId,
        actor: Actor,
    ) -> Result<ClientKey, PointRefusal> {
        let point = self.point(id).await?;
        let issued = self.devices.issue_caller(&point.id, self.clock.now());
        let issued = issued.map_err(|error| PointRefusal::Failed(error.to_string()))?;
        let mut keys: Vec<Value> = point.keys.iter().map(|key| json!(key)).collect();
        keys.push(Value::from(issued.key_sha256.clone()));
        self.put_point(&point, json!({ "keys": newest(keys) }), actor).await?;
        Ok(issued)
    }

    /// Makes every key and token void.
    ///
    /// # Errors
    /// [`PointRefusal::NoPoint`].
    pub async fn revoke_point(&self, id: &EnforcementPointId, actor: Actor) -> Result<(), PointRefusal> {
        let point = self.point(id).await?;
        self.put_point(&point, json!({ "keys": [], "tokens": [] }), actor).await
    }

    /// Lets it ask, or not.
    ///
    /// # Errors
    /// [`PointRefusal::NoPoint`].
    pub async fn set_point_status(
        &self,
        id: &EnforcementPointId,
        status: EnforcementPointStatus,
        actor: Actor,
    ) -> Result<(), PointRefusal> {
        let point = self.point(id).await?;
        self.put_point(&point, json!({ "status": status }), actor).await
    }

    async fn point(&self, id: &EnforcementPointId) -> Result<EnforcementPoint, PointRefusal> {
        let document = self.store.get(Kind::EnforcementPoint, id.as_str()).await;
        let document = document.map_err(|error| PointRefusal::Failed(error.to_string()))?;
        let document = document.ok_or_else(|| PointRefusal::NoPoint(id.clone()))?;
        serde_json::from_value(document.body).map_err(|_| PointRefusal::Damaged(id.clone()))
    }

    async fn put_point(&self, point: &EnforcementPoint, changed: Value, actor: Actor) -> Result<(), PointRefusal> {
        let damaged = |_| PointRefusal::Damaged(point.id.clone());
        let mut body = serde_json::to_value(point).map_err(damaged)?;
        if let (Some(fields), Value::Object(changed)) = (body.as_object_mut(), changed) {
            fields.extend(changed);
        }
        let desired = Desired { kind: Kind::EnforcementPoint, id: point.id.to_string(), body, origin: "-".to_owned() };
        let plan = self.plan(&[desired], false).await?;
        self.execute(&plan, actor).await?;
        Ok(())
    }
}

fn newest<T>(mut all: Vec<T>) -> Vec<T> {
    all.split_off(all.len().saturating_sub(OVERLAP))
}
