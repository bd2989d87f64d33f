//! One order for one host, from the account to the certificate.

use std::sync::Arc;
use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, CertificateIdentifier, ChallengeType, Error, Identifier, NewOrder, OrderStatus,
    RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use rustls::pki_types::CertificateDer;
use zeroize::Zeroizing;

use crate::account;
use crate::acme::{Acme, LOOK};
use crate::certificate::Issued;
use crate::challenge::Question;
use crate::failure::{OrderFailure, kind_of};
use crate::settings::Settings;
use crate::vault::Vault;

/// How an order that the authority works on is followed.
const FOLLOW: RetryPolicy =
    RetryPolicy::new().initial_delay(Duration::from_millis(250)).backoff(1.5).timeout(Duration::from_secs(120));

/// One order.
pub(crate) struct Order {
    pub(crate) settings: Arc<Settings>,
    pub(crate) vault: Vault,
    pub(crate) acme: Acme,
    /// The lease under which it runs.
    pub(crate) lease: String,
    pub(crate) host: String,
    /// The certificate that it replaces.
    pub(crate) replaces: Option<CertificateDer<'static>>,
}

impl Order {
    /// Carries it out, and keeps the certificate.
    pub(crate) async fn carry_out(self) -> Result<Issued, OrderFailure> {
        let account = account::open(&self.settings, &self.vault).await?;
        let outcome = self.certificate(&account).await;
        if outcome.as_ref().is_err_and(|failure| *failure == OrderFailure::NoAccount) {
            self.vault.forget_account(&self.settings.directory).await?;
        }
        let issued = outcome?;
        self.vault.keep_certificate(&self.settings.directory, &issued).await?;
        Ok(issued)
    }

    async fn certificate(&self, account: &Account) -> Result<Issued, OrderFailure> {
        let mut order = self.place(account).await?;
        // One host was ordered. Following whatever else an authority lists could take forever.
        if order.state().authorizations.len() != 1 {
            return Err(OrderFailure::Unusable("it wants another number of proofs than one for one host".to_owned()));
        }
        self.prove(&mut order).await?;
        if order.state().status != OrderStatus::Ready {
            let status = order.poll_ready(&FOLLOW).await;
            if !matches!(status, Ok(OrderStatus::Ready)) {
                return Err(self.why(&mut order, status.err()).await);
            }
        }
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(vec![self.host.clone()])?;
        params.distinguished_name = DistinguishedName::new();
        order.finalize_csr(params.serialize_request(&key)?.der()).await?;
        let pem = order.poll_certificate(&FOLLOW).await?;
        Issued::from_pem(&self.host, &pem, Zeroizing::new(key.serialize_der()), self.vault.now())
    }

    async fn place(&self, account: &Account) -> Result<instant_acme::Order, OrderFailure> {
        let identifiers = [Identifier::Dns(self.host.clone())];
        let replaced = self.replaces.as_ref().and_then(|leaf| CertificateIdentifier::try_from(leaf).ok());
        if let Some(replaced) = replaced {
            // RFC 9773, section 5: an authority that does not know the replaced one, or replaced it already, says so.
            match account.new_order(&NewOrder::new(&identifiers).replaces(replaced)).await {
                Ok(order) => return Ok(order),
                Err(Error::Unsupported(_)) => {}
                Err(Error::Api(problem)) if matches!(kind_of(&problem), "alreadyReplaced" | "malformed") => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(account.new_order(&NewOrder::new(&identifiers)).await?)
    }

    /// Proves that the host is ours.
    async fn prove(&self, order: &mut instant_acme::Order) -> Result<(), OrderFailure> {
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            let asked = authorization.identifier();
            if asked.wildcard || *asked.identifier != Identifier::Dns(self.host.clone()) {
                let why = format!("it asks for proof of another host than `{}`", self.host);
                return Err(OrderFailure::Unusable(why));
            }
            match authorization.status {
                AuthorizationStatus::Valid => continue,
                AuthorizationStatus::Pending => {}
                status => return Err(OrderFailure::Refused(format!("the authorization is {status:?}"))),
            }
            let mut challenge = authorization
                .challenge(ChallengeType::TlsAlpn01)
                .ok_or_else(|| OrderFailure::Refused("it offers no `tls-alpn-01`".to_owned()))?;
            let digest = hex::encode(challenge.key_authorization().digest());
            let question = Question { lease: self.lease.clone(), host: self.host.clone(), digest };
            self.vault.ask(&question).await?;
            self.acme.shows(Some(&question)).await?;
            if self.settings.shared_store {
                // The authority may come to any of the processes: by then each has looked.
                tokio::time::sleep(LOOK * 2).await;
            }
            challenge.set_ready().await?;
        }
        Ok(())
    }

    /// Why the authority did not find the host to be ours: it says so at the challenge.
    async fn why(&self, order: &mut instant_acme::Order, error: Option<Error>) -> OrderFailure {
        let mut authorizations = order.authorizations();
        while let Some(Ok(mut authorization)) = authorizations.next().await {
            if authorization.refresh().await.is_err() {
                break;
            }
            if let Some(problem) = authorization.challenges.iter().find_map(|challenge| challenge.error.as_ref()) {
                return OrderFailure::from(problem);
            }
        }
        match error {
            Some(error) => error.into(),
            None => OrderFailure::Refused("the order is invalid".to_owned()),
        }
    }
}
