//! API tokens: make, list, revoke. People do so with their own; the tokens of others are acts that the policies permit.

use std::collections::BTreeSet;

use axum::extract::{Path, Query};
use sekisho_api_tokens::{ApiTokenId, NewToken, Reach, TokenView as Listed};
use sekisho_control_plane::acts::table;
use sekisho_model::{Actor, GroupId, ResourceId, Timestamp, UserId};
use sekisho_rest::{Access, Answer, Body, Page, Problem, default_limit, limit, route};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::refused::{act, identifier};
use crate::{Context, Routes};

/// Which tokens are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The most items of one answer.
    #[serde(default = "default_limit", deserialize_with = "limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: usize,
    /// Where to go on: `next` of the answer before.
    #[param(max_length = 1024)]
    after: Option<String>,
    /// Only those whose identifier begins so.
    #[param(max_length = 256)]
    q: Option<String>,
    /// `own`, or `all` for everybody's. The operator sees all.
    #[serde(default)]
    #[param(value_type = Option<String>, pattern = "^(own|all)$")]
    scope: Whose,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Whose {
    #[default]
    Own,
    All,
}

/// A token.
#[derive(Debug, Serialize, ToSchema)]
struct TokenView {
    /// Its identifier.
    id: String,
    /// In whose name it acts.
    owner: String,
    /// The roles that it has.
    roles: Vec<String>,
    /// The parts of the platform that it is limited to; empty for no limit.
    parts: Vec<String>,
    /// Whether it may only look.
    read_only: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Why it is refused now, as a code; null when it may be used.
    refused: Option<&'static str>,
    /// When it was last used, to a minute; null when it never was.
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Timestamp>,
    /// From where it was last used.
    used_from: Option<String>,
}

/// A token that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenWanted {
    /// Its identifier: a-z, 0-9 and `-`.
    #[schema(value_type = String)]
    id: ApiTokenId,
    /// In whose name it acts; the caller by default.
    #[schema(value_type = Option<String>)]
    owner: Option<UserId>,
    /// The roles that it gets: groups that its owner is in.
    #[schema(value_type = Vec<String>)]
    roles: BTreeSet<GroupId>,
    /// The parts of the platform that it is limited to, for example `platform-users`; empty for no limit.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    parts: BTreeSet<ResourceId>,
    /// Whether it may only look.
    #[serde(default)]
    read_only: bool,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// A token that was made. It is shown once.
#[derive(Debug, Serialize, ToSchema)]
struct TokenMade {
    /// Its identifier.
    id: String,
    /// The token. It is a secret.
    token: String,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.add(Access::SignedIn, route!(list)).add(Access::SignedIn, route!(make)).add(Access::SignedIn, route!(revoke))
}

/// List tokens: one's own, or everybody's.
#[utoipa::path(get, path = "/tokens", tag = "tokens", params(Wanted), responses((status = 200, body = Page<TokenView>)))]
async fn list(call: Context, Query(wanted): Query<Wanted>) -> Result<Answer<Page<TokenView>>, Problem> {
    let reach = if wanted.scope == Whose::All || call.caller()?.is_operator() {
        call.demand(&table::TOKENS_READ, None).await?;
        Reach::Everybody
    } else {
        Reach::Own
    };
    let acts = call.services.control_plane.acts();
    let all = acts.by(call.actor()?, call.now).list_tokens(&call.world, reach).await.map_err(act)?;
    let fits = |token: &Listed| {
        let id = token.id.as_str();
        wanted.after.as_deref().is_none_or(|after| id > after) && wanted.q.as_deref().is_none_or(|q| id.starts_with(q))
    };
    let mut found = all.into_iter().filter(fits);
    let items: Vec<TokenView> = found.by_ref().take(wanted.limit).map(view).collect();
    let next = found.next().and_then(|_| items.last().map(|last| last.id.clone()));
    Ok(Answer::ok(Page { items, next }))
}

/// Make a token. It is shown once.
#[utoipa::path(post, path = "/tokens", tag = "tokens", request_body = TokenWanted, responses((status = 201, body = TokenMade)))]
async fn make(call: Context, Body(wanted): Body<TokenWanted>) -> Result<Answer<TokenMade>, Problem> {
    let caller = call.caller()?;
    let own: Option<UserId> = caller.actor.user().and_then(|user| user.parse().ok());
    let nobody = || Problem::wrong("`owner`: name the person in whose name the token acts");
    let owner = wanted.owner.or_else(|| own.clone()).ok_or_else(nobody)?;
    let reach = if own.as_ref() == Some(&owner) {
        Reach::Own
    } else {
        call.demand(&table::TOKEN_MADE, None).await?;
        Reach::Everybody
    };
    let TokenWanted { id, roles, parts, read_only, expires_at, .. } = wanted;
    let new = NewToken { id, owner, roles, parts, read_only, expires_at };
    let acts = call.services.control_plane.acts();
    let session = caller.session().map(AsRef::as_ref);
    let made = acts.by(call.actor()?, call.now).make_token(new, &call.world, session, reach).await.map_err(act)?;
    call.until(|world| world.api_token(&made.id).is_some()).await;
    let view = TokenMade { id: made.id.to_string(), token: made.text.to_string(), expires_at: made.expires_at };
    Ok(Answer::created(view).once())
}

/// Revoke a token: it is refused from now on.
#[utoipa::path(post, path = "/tokens/{token}/revoke", tag = "tokens", params(("token" = String, Path, description = "The token's identifier")),
    responses((status = 204, description = "It is revoked.")))]
async fn revoke(call: Context, Path(token): Path<String>) -> Result<Answer<()>, Problem> {
    let token: ApiTokenId = token.parse().map_err(identifier)?;
    let owner = call.world.api_token(&token).map(|token| token.owner.to_string());
    let is_own = match call.actor()? {
        // A token revokes itself, and others as far as it may administer tokens.
        Actor::Token { token: asking, .. } => asking == token.as_str(),
        actor => owner.is_some() && owner.as_deref() == actor.user(),
    };
    let reach = if is_own {
        Reach::Own
    } else {
        call.demand(&table::TOKEN_REVOKED, None).await?;
        Reach::Everybody
    };
    let acts = call.services.control_plane.acts();
    acts.by(call.actor()?, call.now).revoke_token(&token, reach).await.map_err(act)?;
    call.until(|world| world.api_token(&token).is_none()).await;
    Ok(Answer::done())
}

fn view(token: Listed) -> TokenView {
    TokenView {
        id: token.id.to_string(),
        owner: token.owner.to_string(),
        roles: token.roles.iter().map(ToString::to_string).collect(),
        parts: token.parts.iter().map(ToString::to_string).collect(),
        read_only: token.read_only,
        made_at: token.made_at,
        expires_at: token.expires_at,
        refused: token.refused,
        used_at: token.used_at,
        used_from: token.used_from.map(|address| address.to_string()),
    }
}
