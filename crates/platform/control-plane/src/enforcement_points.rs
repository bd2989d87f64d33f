//! Acts on enforcement points that are not ours: their tokens and certificates, and whether they may ask.

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_authority::ClientKey;
use sekisho_model::documents::{EnforcementPoint, EnforcementPointStatus, Kind};
use sekisho_model::{Actor, EnforcementPointId};
use sekisho_policy_enforcement::token_hash;
use serde_json::{Value, json};

use crate::acts::ActRefusal;
use crate::{ApplyError, ControlPlane, Desired, now};

/// How many keys and how many tokens count at once: the new one, and the one before until everybody has the new.
const OVERLAP: usize = 2;

impl ControlPlane {
    /// Makes a token, and returns it. It is kept nowhere.
    ///
    /// # Errors
    /// [`ActRefusal::NoEnforcementPoint`].
    pub async fn make_point_token(&self, id: &EnforcementPointId, actor: Actor) -> Result<String, ActRefusal> {
        let point = self.point(id).await?;
        let mut secret = [0; 32];
        let failed = |_| ApplyError::Failed("the system gives no random bytes".to_owned());
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
    /// [`ActRefusal::NoEnforcementPoint`].
    pub async fn make_point_certificate(&self, id: &EnforcementPointId, actor: Actor) -> Result<ClientKey, ActRefusal> {
        let point = self.point(id).await?;
        let issued = self.devices.issue_caller(&point.id, now())?;
        let mut keys: Vec<Value> = point.keys.iter().map(|key| json!(key)).collect();
        keys.push(Value::from(issued.key_sha256.clone()));
        self.put_point(&point, json!({ "keys": newest(keys) }), actor).await?;
        Ok(issued)
    }

    /// Makes every key and token void.
    ///
    /// # Errors
    /// [`ActRefusal::NoEnforcementPoint`].
    pub async fn revoke_point(&self, id: &EnforcementPointId, actor: Actor) -> Result<(), ActRefusal> {
        let point = self.point(id).await?;
        self.put_point(&point, json!({ "keys": [], "tokens": [] }), actor).await
    }

    /// Lets it ask, or not.
    ///
    /// # Errors
    /// [`ActRefusal::NoEnforcementPoint`].
    pub async fn set_point_status(
        &self,
        id: &EnforcementPointId,
        status: EnforcementPointStatus,
        actor: Actor,
    ) -> Result<(), ActRefusal> {
        let point = self.point(id).await?;
        self.put_point(&point, json!({ "status": status }), actor).await
    }

    async fn point(&self, id: &EnforcementPointId) -> Result<EnforcementPoint, ActRefusal> {
        let document = self.store.get(Kind::EnforcementPoint, id.as_str()).await?;
        let document = document.ok_or_else(|| ActRefusal::NoEnforcementPoint(id.clone()))?;
        serde_json::from_value(document.body).map_err(|_| ActRefusal::Damaged(format!("enforcement-point/{id}")))
    }

    async fn put_point(&self, point: &EnforcementPoint, changed: Value, actor: Actor) -> Result<(), ActRefusal> {
        let damaged = |_| ActRefusal::Damaged(format!("enforcement-point/{}", point.id));
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
