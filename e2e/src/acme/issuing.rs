//! Signing: the authority's own certificates, and those that were ordered.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, CertifiedIssuer, DistinguishedName, DnType,
    IsCa, KeyPair, SanType,
};
use rustls::pki_types::{CertificateSigningRequestDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};

use super::conduct::Refusal;
use super::message::{AccountKey, wrong};
use crate::Trouble;

/// The key that signs.
pub(super) struct Issuing {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Issuing {
    pub(super) fn new() -> Result<Self, Trouble> {
        let failed = || Trouble::during("the ACME authority's certificate");
        let mut params = CertificateParams::new(Vec::new()).map_err(failed())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "ACME authority of the tests");
        let key = KeyPair::generate().map_err(failed())?;
        Ok(Self { issuer: CertifiedIssuer::self_signed(params, key).map_err(failed())? })
    }

    pub(super) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// The certificate of the authority's own listener.
    pub(super) fn listener(&self) -> Result<rustls::ServerConfig, Trouble> {
        let failed = || Trouble::during("the ACME authority's listener");
        let params = CertificateParams::new(vec!["localhost".to_owned()]).map_err(failed())?;
        let key = KeyPair::generate().map_err(failed())?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed())?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate.into()], key))
            .map_err(Trouble::during("the ACME authority's listener"))
    }

    /// Signs what a request asks for, if it is for exactly that host and by another key than the account's.
    pub(super) fn sign(
        &self,
        csr: &[u8],
        host: &str,
        account: &AccountKey,
        (life, chain): (i64, usize),
    ) -> Result<String, Refusal> {
        let mut request = CertificateSigningRequestParams::from_der(&CertificateSigningRequestDer::from(csr.to_vec()))
            .map_err(|_| wrong("badCSR"))?;
        let names = &request.params.subject_alt_names;
        let is_for_host = matches!(names.as_slice(), [SanType::DnsName(name)] if name.as_str() == host);
        if !is_for_host || csr.windows(account.point.len()).any(|part| part == account.point) {
            return Err(wrong("badCSR"));
        }
        let now = OffsetDateTime::now_utc();
        request.params.not_before = now - Duration::seconds(1);
        request.params.not_after = now + Duration::seconds(life);
        request.params.use_authority_key_identifier_extension = true;
        request.params.is_ca = IsCa::ExplicitNoCa;
        let certificate = request.signed_by(&self.issuer).map_err(|_| wrong("badCSR"))?;
        Ok(certificate.pem() + &self.issuer.pem().repeat(chain))
    }
}
