//! Registration of a passkey.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::prelude::PasskeyRegistration;

use sekisho_capability::consume;
use sekisho_model::documents::Kind;
use sekisho_model::{Method, Timestamp};
use sekisho_store::Expected;

use crate::account::{Account, StoredPasskey, passkey_place, put};
use crate::authenticators::{Changed, checked_name, enrolled};
use crate::identity::Inner;
use crate::sealed::LIFETIME;
use crate::{Ceremony, Enrolled, Failure, Identity, Right, random};

impl Identity {
    /// Starts the registration of a passkey.
    ///
    /// # Errors
    /// [`Failure::AuthenticateAgain`]; [`Failure::Expired`] when the link is no longer good.
    pub async fn begin_registration(&self, right: Right<'_>, now: Timestamp) -> Result<Ceremony, Failure> {
        let inner = &self.0;
        let granted = inner.granted(right, now).await?;
        let (account, _) = inner.account(&granted.user).await?;
        granted.check(&account)?;
        let user = inner.active_user(&granted.user).await?.ok_or(Failure::Expired)?;
        inner.allow_one_time(&granted.bound_to, now).await?;
        let held = account.passkeys.iter().map(|passkey| passkey.key.cred_id().to_vec()).collect();
        let handle = inner.user_handle(&granted.user);
        let (options, registration) = inner.relying_party.begin_registration(&user, handle, held)?;
        let state = random::token()?.expose().to_owned();
        let kept = Registration { bound_to: granted.bound_to, until: now.plus(LIFETIME), registration };
        inner.changes.maintain(vec![put(Kind::OneTime, place(&state), Expected::New, &kept)?], now).await?;
        Ok(Ceremony { state, options })
    }

    /// Completes the registration of a passkey under the same right.
    ///
    /// # Errors
    /// [`Failure::PasskeyRefused`] whatever is wrong with the answer; [`Failure::Expired`];
    /// [`Failure::AuthenticateAgain`].
    pub async fn finish_registration(
        &self,
        right: Right<'_>,
        state: &str,
        response: &Value,
        name: &str,
        now: Timestamp,
    ) -> Result<Enrolled, Failure> {
        let inner = &self.0;
        let granted = inner.granted(right, now).await?;
        let name = checked_name(name)?;
        let kept = inner.registration(state, &granted.bound_to, now).await?;
        let key = match inner.relying_party.finish_registration(response, &kept.registration) {
            Ok(key) => key,
            Err(why) => {
                let target = format!("user/{}", granted.user);
                inner.record(granted.actor(), "passkey-refused", target, json!({ "why": why }), now).await?;
                return Err(Failure::PasskeyRefused);
            }
        };
        let owner_place = passkey_place(key.cred_id());
        if inner.get(Kind::Credential, &owner_place).await?.is_some() {
            let target = format!("user/{}", granted.user);
            let detail = json!({ "why": "credential-of-another-or-own" });
            inner.record(granted.actor(), "passkey-refused", target, detail, now).await?;
            return Err(Failure::PasskeyRefused);
        }
        let id = format!("passkey-{}", hex::encode(random::bytes::<6>()?.as_slice()));
        // The library keeps this flag to itself but writes it when the key is stored.
        let flags = serde_json::to_value(&key).unwrap_or_default();
        let passkey = StoredPasskey {
            id: id.clone(),
            name,
            synced: flags.pointer("/cred/backup_state").and_then(Value::as_bool).unwrap_or_default(),
            key,
            added_at: now,
            last_used_at: None,
            suspected_at: None,
        };
        let owner = put(Kind::Credential, owner_place, Expected::New, &json!({ "user": granted.user }))?;
        let add = |account: &mut Account| {
            account.passkeys.push(passkey.clone());
            Ok(vec![owner.clone()])
        };
        inner.change(&granted, Changed::added(&id), now, add).await?;
        Ok(enrolled(id, &granted, Method::Passkey, now))
    }
}

/// A registration under way.
#[derive(Serialize, Deserialize)]
struct Registration {
    bound_to: String,
    until: Timestamp,
    registration: PasskeyRegistration,
}

impl Inner {
    /// The registration of that state, which is thereby used up, whatever comes of it.
    async fn registration(&self, state: &str, bound_to: &str, now: Timestamp) -> Result<Registration, Failure> {
        let document = consume(&self.store, &place(state)).await?.ok_or(Failure::Expired)?;
        let kept: Registration = serde_json::from_value(document.body).map_err(|_| Failure::Expired)?;
        if kept.bound_to == bound_to && now < kept.until { Ok(kept) } else { Err(Failure::Expired) }
    }
}

fn place(state: &str) -> String {
    format!("registration/{}", random::digest_hex("registration", state))
}
