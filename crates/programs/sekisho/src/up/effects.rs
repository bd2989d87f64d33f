//! What responses reach: the acts on accounts and sessions, in the platform's own name, and the client that sends messages.

use std::sync::Arc;

use sekisho_control_plane::ControlPlane;
use sekisho_control_plane::acts::ActRefusal;
use sekisho_model::Actor;
use sekisho_response::{EffectFailure, Effects};
use sekisho_threats::Fetch;

/// The effects over this control plane.
///
/// # Errors
/// When TLS cannot be set up.
pub(super) fn effects(control_plane: &ControlPlane) -> Result<Effects, rustls::Error> {
    let fetch = Fetch::new()?;
    let (ends, disables, enables) = (control_plane.clone(), control_plane.clone(), control_plane.clone());
    Ok(Effects {
        end_sessions: Arc::new(move |user, now| {
            let acts = ends.acts();
            Box::pin(async move {
                acts.by(Actor::System, now).end_sessions_of(&user).await.map(drop).map_err(|refusal| failure(&refusal))
            })
        }),
        disable: Arc::new(move |user, now| {
            let acts = disables.acts();
            Box::pin(async move {
                acts.by(Actor::System, now).disable_user(&user).await.map_err(|refusal| failure(&refusal))
            })
        }),
        enable: Arc::new(move |user, now| {
            let acts = enables.acts();
            Box::pin(async move {
                acts.by(Actor::System, now).enable_user(&user).await.map_err(|refusal| failure(&refusal))
            })
        }),
        post: Arc::new(move |message| {
            let fetch = fetch.clone();
            Box::pin(async move { fetch.post(&message.url, message.headers, message.body.into()).await })
        }),
    })
}

/// What is refused would be refused again; what failed is tried again.
fn failure(refusal: &ActRefusal) -> EffectFailure {
    let is_final = matches!(
        refusal,
        ActRefusal::OwnAccount
            | ActRefusal::LastAdministrator(_)
            | ActRefusal::TokenOverOwner
            | ActRefusal::NoUser(_)
            | ActRefusal::Damaged(_)
    );
    if is_final { EffectFailure::Refused(refusal.to_string()) } else { EffectFailure::Again(refusal.to_string()) }
}
