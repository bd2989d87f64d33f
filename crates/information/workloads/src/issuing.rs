//! Credentials: a token or a certificate, and the document that makes it count.

use rustls::pki_types::CertificateSigningRequestDer;
use rustls::pki_types::pem::PemObject as _;
use sekisho_authority::ClientName;
use sekisho_devices::DeviceKey;
use sekisho_model::documents::{Kind, Sha256Hex};
use sekisho_model::{Actor, SessionId, Span, Timestamp, WorkloadId, is_live};
use sekisho_policy_enforcement::{WORKLOAD_TOKEN, token_hash};
use sekisho_policy_information::{CredentialOrigin, WORKLOAD_CERTIFICATE_NAME, WorkloadCredential, WorkloadProof};
use sekisho_store::Expected;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::Workloads;
use crate::acts::WORKLOAD_CERTIFICATE_ISSUED;
use crate::refusal::Refusal;
use crate::workloads::target;

/// The most live credentials of one workload. A job that runs every minute and exchanges a token has fifteen.
const MOST_LIVE: usize = 256;
/// The longest certificate request in bytes.
pub(crate) const LONGEST_REQUEST: usize = 16 * 1024;

/// A token that was just made. Its text is kept nowhere.
pub(crate) struct Token {
    pub(crate) id: SessionId,
    pub(crate) text: Zeroizing<String>,
    pub(crate) expires_at: Timestamp,
    /// The revision of the store that holds it.
    pub(crate) revision: u64,
}

/// A certificate that was just issued.
pub(crate) struct Certificate {
    pub(crate) id: SessionId,
    /// The chain in PEM: the workload's certificate, then the authority's.
    pub(crate) chain: String,
    pub(crate) spiffe_id: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) revision: u64,
}

/// Who obtains a token, as the record has it, and how.
pub(crate) struct Obtained {
    pub(crate) actor: Actor,
    pub(crate) act: &'static str,
    pub(crate) origin: CredentialOrigin,
    pub(crate) life: Span,
    /// What the record says besides.
    pub(crate) detail: Value,
}

impl Workloads {
    /// Makes a token.
    ///
    /// # Errors
    /// [`Refusal`]
    pub(crate) async fn make_token(
        &self,
        workload: &WorkloadId,
        obtained: Obtained,
        now: Timestamp,
    ) -> Result<Token, Refusal> {
        let (id, secret) = (self.new_id()?, self.services.entropy.bytes::<32>()?);
        let digits = Zeroizing::new(hex::encode(secret.as_slice()));
        let text = Zeroizing::new(format!("{WORKLOAD_TOKEN}{id}_{}", digits.as_str()));
        let credential = WorkloadCredential {
            id,
            workload: workload.clone(),
            proof: WorkloadProof::Token(token_hash(&text)),
            origin: obtained.origin.clone(),
            made_at: now,
            expires_at: now.plus(obtained.life),
        };
        let revision = self.keep(&credential, obtained.actor, obtained.act, obtained.detail, now).await?;
        Ok(Token { id, text, expires_at: credential.expires_at, revision })
    }

    /// Issues a certificate for the key of a certificate request in PEM.
    ///
    /// # Errors
    /// [`Refusal`]
    pub(crate) async fn make_certificate(
        &self,
        workload: &WorkloadId,
        request: &str,
        life: Span,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Certificate, Refusal> {
        if request.len() > LONGEST_REQUEST {
            return Err(Refusal::CertificateRequest);
        }
        let request = CertificateSigningRequestDer::from_pem_slice(request.as_bytes());
        let request = request.map_err(|_| Refusal::CertificateRequest)?;
        let key = DeviceKey::from_request(&request).ok_or(Refusal::CertificateRequest)?;
        let (name, spiffe_id) = (format!("{}{workload}", WORKLOAD_CERTIFICATE_NAME), self.spiffe_id(workload));
        // INVARIANT I-17: the authority sets every field; of the request only the public key arrives.
        let client = ClientName { name: &name, uri: spiffe_id.clone(), life };
        let issued = self.authority.issue_client(client, key.info(), now)?;
        let credential = WorkloadCredential {
            id: self.new_id()?,
            workload: workload.clone(),
            proof: WorkloadProof::Certificate(sha256(&key.sha256())?),
            origin: CredentialOrigin::Issued,
            made_at: now,
            expires_at: issued.not_after,
        };
        let (act, detail) = (WORKLOAD_CERTIFICATE_ISSUED.code, json!({ "spiffe_id": spiffe_id }));
        let revision = self.keep(&credential, actor, act, detail, now).await?;
        let chain = issued.chain.iter().map(|certificate| sekisho_authority::certificate_pem(certificate)).collect();
        Ok(Certificate { id: credential.id, chain, spiffe_id, expires_at: credential.expires_at, revision })
    }

    async fn keep(
        &self,
        credential: &WorkloadCredential,
        actor: Actor,
        act: &str,
        mut detail: Value,
        now: Timestamp,
    ) -> Result<u64, Refusal> {
        let workload = &credential.workload;
        if self.live(workload, now) >= MOST_LIVE {
            return Err(Refusal::TooMany);
        }
        if let Some(fields) = detail.as_object_mut() {
            fields.insert("credential".to_owned(), json!(credential.id.short()));
            fields.insert("until".to_owned(), json!(credential.expires_at.to_string()));
        }
        let body = serde_json::to_value(credential).map_err(|_| Refusal::Unavailable)?;
        let change = self.services.changes.begin(actor, act, target(workload)).detail(detail);
        let change = change.put(Kind::WorkloadCredential, credential.id.to_string(), Expected::New, body);
        Ok(change.commit(now).await?)
    }

    /// How many credentials of a workload count now.
    fn live(&self, workload: &WorkloadId, now: Timestamp) -> usize {
        let world = self.services.world.borrow();
        let of_it = world.workload_credentials().filter(|one| one.workload == *workload);
        of_it.filter(|one| is_live(one.made_at, one.expires_at, now)).count()
    }

    fn new_id(&self) -> Result<SessionId, Refusal> {
        Ok(SessionId::from_bytes(*self.services.entropy.bytes::<16>()?))
    }
}

/// A hash that a document can hold.
fn sha256(digits: &str) -> Result<Sha256Hex, Refusal> {
    let bytes = hex::decode(digits).map_err(|_| Refusal::Unavailable)?;
    Ok(Sha256Hex::of_bytes(&bytes))
}
