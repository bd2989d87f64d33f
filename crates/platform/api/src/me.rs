//! `GET /me`: who calls, and what they may do.

use sekisho_capability::ROLE_GROUPS;
use sekisho_control_plane::acts::table;
use sekisho_model::facts::{EntityType, Handle};
use sekisho_model::{SessionFacts, Timestamp};
use sekisho_rest::{Access, Answer, Asker, Problem, route};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Context, Routes};

/// Who calls, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    /// Who calls, as the record names them.
    actor: String,
    /// The account of the person, or of the token's owner. Null for the operator.
    user: Option<String>,
    /// The roles of the person or of the token.
    roles: Vec<&'static str>,
    /// How strong the sign-in was, 1 to 3; of a token, the one that it was made with. Null for the operator, who signs in nowhere.
    assurance: Option<u8>,
    /// When the session or the token ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// The time zone of the platform's settings, by its name in the IANA database. Null where the settings fix an offset.
    time_zone: Option<String>,
    /// Its offset from UTC now, in minutes to the east.
    utc_offset_minutes: i16,
    /// The acts that the policies permit now. An act on somebody with a role of administration may demand more.
    acts: Vec<&'static str>,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.add(Access::SignedIn, route!(me))
}

/// Who calls.
#[utoipa::path(get, path = "/me", tag = "platform", responses((status = 200, body = Me)))]
async fn me(call: Context) -> Result<Answer<Me>, Problem> {
    let caller = call.caller()?;
    let user = caller.actor.user().map(ToOwned::to_owned);
    let session: Option<&SessionFacts> = match &caller.asker {
        Asker::Operator => None,
        Asker::Session { session, .. } => Some(session),
        Asker::Token(token) => Some(token.session()),
    };
    let acts = table::ALL.iter().filter(|act| call.may(act)).map(|act| act.code);
    let zone = call.world.time_zone();
    Ok(Answer::ok(Me {
        actor: caller.actor.to_string(),
        user,
        roles: session.map(|session| roles(&call, session.subject)).unwrap_or_default(),
        assurance: session.map(|session| session.methods.assurance()),
        expires_at: caller.expires_at(),
        time_zone: zone.name().map(ToOwned::to_owned),
        utc_offset_minutes: zone.offset_at(call.now),
        acts: acts.collect(),
    }))
}

/// The roles that somebody has, directly or through groups.
fn roles(call: &Context, subject: Handle) -> Vec<&'static str> {
    let facts = call.world.facts();
    let Some(subject) = facts.get(subject) else { return Vec::new() };
    let has = |role: &&str| facts.find(EntityType::Group, role).is_some_and(|group| subject.has_ancestor(group));
    ROLE_GROUPS.into_iter().filter(has).collect()
}
