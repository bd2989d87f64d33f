//! Who asks: the person behind an enrolled device's certificate, or behind a token.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use sekisho_model::documents::{ResolverToken, Sha256Hex, UserStatus};
use sekisho_model::facts::{EntityType, Fact, Handle, Slot};
use sekisho_model::{Evidence, MethodSet, PresentedDevice, SessionFacts, SessionId, Span, Timestamp, WhyUnknown};
use sekisho_policy_information::World;

/// How long what was decided of one question counts for the next at the most.
const REMEMBERED: Span = Span::from_seconds(60);
/// The longest token that is looked at, in bytes.
const LONGEST_TOKEN: usize = 128;

/// Somebody who proved who they are, in one World. [`Asker::by_device`] and [`Asker::by_token`] are its only makers, and every answer
/// takes one.
#[derive(Debug, Clone)]
pub struct Asker {
    session: Arc<SessionFacts>,
    device: Evidence<Handle>,
}

impl Asker {
    /// The person to whom the device is assigned whose certificate the connection showed.
    #[must_use]
    pub fn by_device(world: &World, presented: &PresentedDevice, now: Timestamp) -> Option<Self> {
        // INVARIANT I-50: a certificate counts while its device is enrolled with this very key and assigned to an active account.
        let device = world.device(presented.id.as_str())?;
        if !world.device_key_matches(device, &presented.key_sha256) {
            return None;
        }
        let Fact::Entity(owner) = *world.facts().get(device)?.get(Slot::Owner) else { return None };
        let subject = active(world, owner)?;
        let id = session_id("device", &presented.key_sha256)?;
        // A device that reported nothing for long is stale to policies, as everywhere else.
        Some(Self { session: session(id, subject, Some(device), now), device: world.device_evidence(device, now) })
    }

    /// The person for whom the token was made that stands in the path.
    #[must_use]
    pub fn by_token(world: &World, shown: &str, now: Timestamp) -> Option<Self> {
        if shown.len() > LONGEST_TOKEN {
            return None;
        }
        let shown = token_hash(shown);
        let mut found: Option<&Arc<ResolverToken>> = None;
        for token in world.resolver_tokens() {
            // Every token is compared, each in constant time.
            if verify_slices_are_equal(token.secret_hash.as_str().as_bytes(), shown.as_str().as_bytes()).is_ok() {
                found = Some(token);
            }
        }
        // INVARIANT I-50: a token counts until its end and while its account is active, and proves no device.
        let token = found.filter(|token| now < token.expires_at)?;
        let subject = active(world, world.user(token.user.as_str())?)?;
        let id = session_id("token", token.secret_hash.as_str())?;
        Some(Self { session: session(id, subject, None, now), device: Evidence::Unknown(WhyUnknown::NotProven) })
    }

    /// In what session it asks: one that no sign-in began.
    #[must_use]
    pub const fn session(&self) -> &Arc<SessionFacts> {
        &self.session
    }

    /// From what it asks.
    #[must_use]
    pub const fn device(&self) -> &Evidence<Handle> {
        &self.device
    }
}

/// What is kept of a token: tokens are 256 random bits, so that their SHA-256 tells nothing.
fn token_hash(token: &str) -> Sha256Hex {
    Sha256Hex::of_bytes(digest(&SHA256, token.as_bytes()).as_ref())
}

fn active(world: &World, user: Handle) -> Option<Handle> {
    let facts = world.facts().get(user).filter(|_| user.kind() == EntityType::User)?;
    matches!(facts.get(Slot::Status), Fact::String(status) if status == UserStatus::Active.name()).then_some(user)
}

/// The facts of a session that nobody signed in to: no method, and an authentication longer ago than any policy asks for.
fn session(id: SessionId, subject: Handle, device: Option<Handle>, now: Timestamp) -> Arc<SessionFacts> {
    Arc::new(SessionFacts {
        id,
        subject,
        device,
        established_at: Timestamp::from_millis(0),
        authenticated_at: Timestamp::from_millis(0),
        expires_at: now.plus(REMEMBERED),
        methods: MethodSet::EMPTY,
        assurance_limit: None,
        rotation: 0,
    })
}

/// The same for each question of one device key or token, and that of nobody else.
fn session_id(proof: &str, key: &str) -> Option<SessionId> {
    let digest = digest(&SHA256, format!("sekisho-resolver-session {proof} {key}").as_bytes());
    Some(SessionId::from_bytes(digest.as_ref().get(..16)?.try_into().ok()?))
}
