//! The account at an authority: made once, kept sealed.

use instant_acme::{Account, AccountCredentials, ExternalAccountKey, NewAccount};

use crate::failure::{OrderFailure, shown};
use crate::https::Https;
use crate::settings::Settings;
use crate::vault::{StoredAccount, Vault};

/// The account that is kept for these settings, or a new one.
pub(crate) async fn open(settings: &Settings, vault: &Vault) -> Result<Account, OrderFailure> {
    let external = settings.external_account.as_ref().map(|account| account.key_id.clone());
    match vault.account(&settings.directory).await? {
        // Another external account needs another account of ours.
        Some(stored) if stored.external == external => known(settings, vault, stored).await,
        _ => make(settings, vault, external).await,
    }
}

/// The account that is kept for these settings, if there is one.
pub(crate) async fn open_known(settings: &Settings, vault: &Vault) -> Result<Option<Account>, OrderFailure> {
    match vault.account(&settings.directory).await? {
        Some(stored) => known(settings, vault, stored).await.map(Some),
        None => Ok(None),
    }
}

async fn known(settings: &Settings, vault: &Vault, mut stored: StoredAccount) -> Result<Account, OrderFailure> {
    let credentials: AccountCredentials = serde_json::from_value(stored.credentials.clone())
        .map_err(|_| OrderFailure::Own("the stored account is damaged".to_owned()))?;
    let builder = Account::builder_with_http(Box::new(https(settings, vault)?));
    let account = builder.from_credentials(credentials).await?;
    if stored.contact != settings.contact {
        account.update_contacts(&contacts(settings)).await?;
        stored.contact.clone_from(&settings.contact);
        vault.keep_account(&settings.directory, &stored).await?;
    }
    Ok(account)
}

async fn make(settings: &Settings, vault: &Vault, external: Option<String>) -> Result<Account, OrderFailure> {
    let new = NewAccount {
        contact: &contacts(settings),
        // Settings exist only where the terms were agreed to.
        terms_of_service_agreed: true,
        only_return_existing: false,
    };
    let bound = settings.external_account.as_ref();
    let bound = bound.map(|account| ExternalAccountKey::new(account.key_id.clone(), &account.key));
    let builder = Account::builder_with_http(Box::new(https(settings, vault)?));
    let (account, credentials) = builder.create(&new, settings.directory.clone(), bound.as_ref()).await?;
    // Who limits in DNS which account may order (RFC 8657) needs its address.
    tracing::info!(account = shown(account.id()), "an account was made at the authority");
    let credentials = serde_json::to_value(credentials).map_err(|error| OrderFailure::Own(error.to_string()))?;
    let stored = StoredAccount { contact: settings.contact.clone(), external, credentials };
    vault.keep_account(&settings.directory, &stored).await?;
    Ok(account)
}

fn contacts(settings: &Settings) -> Vec<&str> {
    settings.contact.iter().map(String::as_str).collect()
}

fn https(settings: &Settings, vault: &Vault) -> Result<Https, OrderFailure> {
    Https::new(settings.roots.clone(), vault.services.clock.clone())
}
