//! The platform's own keys: made once, kept as sealed documents.

use aws_lc_rs::rand;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sekisho_capability::{Entropy, key_once};
use sekisho_control_plane::now;
use sekisho_ledger::SigningKey;
use sekisho_policy_enforcement::CookieKey;
use sekisho_store::Store;
use sekisho_web::FormKey;
use serde_json::json;
use zeroize::Zeroizing;

use crate::cli::Failure;

/// The keys of a platform.
pub(super) struct Keys {
    /// Makes and checks session cookies.
    pub(super) cookie: CookieKey,
    /// Makes and checks form tokens and pre-sign-in cookies.
    pub(super) form: FormKey,
    /// Signs the assertions that upstreams get: PKCS #8.
    pub(super) assertion: Zeroizing<Vec<u8>>,
}

impl Keys {
    /// The keys in the store, made at the first start, and the one that signs the ledger's checkpoints.
    pub(super) async fn open(store: &Store) -> Result<(Self, SigningKey), Failure> {
        let cookie = seed(store, "session-cookie").await?;
        let form = seed(store, "form").await?;
        let ledger = seed(store, "ledger").await?;
        let keys = Self {
            cookie: CookieKey::new(&cookie),
            form: FormKey::new(&form),
            assertion: kept(store, "assertion", new_p256).await?,
        };
        Ok((keys, SigningKey::from_seed(&ledger).map_err(Failure::failed)?))
    }
}

async fn seed(store: &Store, name: &str) -> Result<Zeroizing<[u8; 32]>, Failure> {
    let bytes = kept(store, name, || {
        let mut bytes = Zeroizing::new(vec![0; 32]);
        Entropy::system().fill(&mut bytes).map_err(Failure::failed)?;
        Ok(bytes)
    });
    let bytes = bytes.await?;
    let seed = <[u8; 32]>::try_from(bytes.as_slice());
    seed.map(Zeroizing::new).map_err(|_| Failure::failed(format_args!("the stored key `{name}` is not 32 bytes")))
}

fn new_p256() -> Result<Zeroizing<Vec<u8>>, Failure> {
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rand::SystemRandom::new())
        .map_err(|_| Failure::failed("the system gives no random bytes"))?;
    Ok(Zeroizing::new(document.as_ref().to_vec()))
}

/// The key of that name, made when there is none. Two processes that start together agree on the first.
async fn kept(
    store: &Store,
    name: &str,
    make: impl FnOnce() -> Result<Zeroizing<Vec<u8>>, Failure>,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let make = || Ok::<_, Failure>(json!({ "secret": STANDARD.encode(&make()?) }));
    let body = key_once(store, name, now(), make).await?;
    let bytes = STANDARD.decode(body.get("secret").and_then(|secret| secret.as_str()).unwrap_or_default());
    bytes.map(Zeroizing::new).map_err(|_| Failure::failed(format_args!("the key `{name}` is damaged")))
}
