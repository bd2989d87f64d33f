//! The routes of the REST API: how lists stand, which hold a name, and the tokens of those who ask.

use axum::extract::{Path, Query};
use sekisho_capability::Services;
use sekisho_domain_names::DomainName;
use sekisho_model::documents::{Kind, ResolverToken};
use sekisho_model::{Name, Timestamp, UserId};
use sekisho_rest::{Access, Answer, Api, Body, Call, Page, Paging, Problem, Routes, documents, route};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    NAMES_READ, NameLists, NewToken, RESOLVER_TOKEN_MADE, RESOLVER_TOKEN_REVOKED, Standing, TokenRefusal, Tokens,
};

/// What the routes act through.
#[derive(Clone)]
struct Reached {
    lists: NameLists,
    services: Services,
}

/// The routes, each with who may use it.
#[must_use]
pub const fn api<S: AsRef<NameLists> + AsRef<Services>>() -> Api<S> {
    Api {
        name: "name-lists",
        routes: |state| {
            let (lists, services) = (AsRef::<NameLists>::as_ref(state), AsRef::<Services>::as_ref(state));
            Routes::new()
                .add(Access::Act(NAMES_READ), route!(list))
                .add(Access::Act(NAMES_READ), route!(show))
                .add(Access::Act(NAMES_READ), route!(tokens))
                .add(Access::Act(RESOLVER_TOKEN_MADE), route!(make))
                .add(Access::Act(RESOLVER_TOKEN_REVOKED), route!(revoke))
                .with(Reached { lists: lists.clone(), services: services.clone() })
        },
    }
}

/// How a list of names stands.
#[derive(Debug, Serialize, ToSchema)]
struct NameListView {
    /// Its identifier.
    list: String,
    /// The resource that its names stand for.
    resource: String,
    /// The file with its names; null where they stand in the document.
    file: Option<String>,
    /// How many names it has entries for.
    names: usize,
    /// How many of its entries say nothing that can be used.
    skipped: usize,
    /// When its names were last read; null when they never were.
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Timestamp>,
    /// Why the newest names are not in force; null when they are.
    problem: Option<String>,
}

/// Which lists hold a name.
#[derive(Debug, Serialize, ToSchema)]
struct NameView {
    /// The name.
    name: String,
    /// The lists that hold it; null while a list was never read, so that no question passes.
    lists: Option<Vec<HoldingView>>,
}

/// A list that holds a name.
#[derive(Debug, Serialize, ToSchema)]
struct HoldingView {
    /// The list.
    list: String,
    /// The resource that a question about the name is an access to.
    resource: String,
}

/// A token for the resolver.
#[derive(Debug, Serialize, ToSchema)]
struct ResolverTokenView {
    /// Its identifier.
    id: String,
    /// Whose questions it asks.
    user: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// A token that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResolverTokenWanted {
    /// Its identifier, such as the machine that it is for.
    #[schema(value_type = String)]
    id: Name,
    /// Whose questions it asks.
    #[schema(value_type = String)]
    user: UserId,
    /// In how many days it ends.
    #[schema(minimum = 1, maximum = 366)]
    days: u32,
}

/// A token that was made. It is shown once.
#[derive(Debug, Serialize, ToSchema)]
struct ResolverTokenMade {
    /// Its identifier.
    id: String,
    /// The token. It is a secret.
    token: String,
    /// The address of the resolver with the token in it, which is a secret too; null where no resolver runs.
    address: Option<String>,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// List the lists of names, and how each stands.
#[utoipa::path(get, path = "/names", tag = "names", responses((status = 200, body = Page<NameListView>)))]
async fn list(call: Call<Reached>) -> Answer<Page<NameListView>> {
    Answer::ok(Page { items: call.services.lists.standings().into_iter().map(view).collect(), next: None })
}

/// Show which lists hold a name.
#[utoipa::path(get, path = "/names/{name}", tag = "names", params(("name" = String, Path, description = "A domain name")),
    responses((status = 200, body = NameView)))]
async fn show(call: Call<Reached>, Path(name): Path<String>) -> Result<Answer<NameView>, Problem> {
    let name: DomainName = name.parse().map_err(|error| Problem::wrong(format_args!("`name`: {error}")))?;
    let listings = call.services.lists.current();
    let holding = listings.as_ref().and_then(|listings| listings.holding(&name));
    let view = |listing: &sekisho_domain_names::Listing| HoldingView {
        list: listing.list.to_string(),
        resource: listing.resource.to_string(),
    };
    let lists = holding.map(|holding| holding.into_iter().map(view).collect());
    Ok(Answer::ok(NameView { name: name.to_string(), lists }))
}

/// List the tokens for the resolver.
#[utoipa::path(get, path = "/resolver-tokens", tag = "names", params(Paging), responses((status = 200, body = Page<ResolverTokenView>)))]
async fn tokens(call: Call<Reached>, Query(paging): Query<Paging>) -> Result<Answer<Page<ResolverTokenView>>, Problem> {
    let store = &call.services.services.store;
    let page = documents(store, Kind::ResolverToken, &paging, |_| true).await.map_err(Problem::failed)?;
    let tokens = page.items.into_iter().filter_map(|one| serde_json::from_value::<ResolverToken>(one.body).ok());
    let view = |token: ResolverToken| ResolverTokenView {
        id: token.id.to_string(),
        user: token.user.to_string(),
        made_at: token.made_at,
        expires_at: token.expires_at,
    };
    Ok(Answer::ok(Page { items: tokens.map(view).collect(), next: page.next }))
}

/// Make a token with which somebody's machine asks the resolver. It is shown once.
#[utoipa::path(post, path = "/resolver-tokens", tag = "names", request_body = ResolverTokenWanted,
    responses((status = 201, body = ResolverTokenMade)))]
async fn make(
    call: Call<Reached>,
    Body(wanted): Body<ResolverTokenWanted>,
) -> Result<Answer<ResolverTokenMade>, Problem> {
    let Reached { lists, services } = &call.services;
    let ResolverTokenWanted { id, user, days } = wanted;
    let new = NewToken { id, user, days };
    let made = Tokens::new(services.clone()).make(new, call.actor()?, &call.world, call.now).await.map_err(refused)?;
    call.until(|world| world.resolver_tokens().any(|token| token.id == made.id)).await;
    let view = ResolverTokenMade {
        id: made.id.to_string(),
        address: lists.address().map(|address| format!("{address}/{}", made.text.as_str())),
        token: made.text.to_string(),
        expires_at: made.expires_at,
    };
    Ok(Answer::created(view).once())
}

/// Revoke a token for the resolver: it is refused from now on.
#[utoipa::path(post, path = "/resolver-tokens/{token}/revoke", tag = "names",
    params(("token" = String, Path, description = "The token's identifier")), responses((status = 204, description = "It is revoked.")))]
async fn revoke(call: Call<Reached>, Path(token): Path<String>) -> Result<Answer<()>, Problem> {
    let tokens = Tokens::new(call.services.services.clone());
    tokens.revoke(&token, call.actor()?, call.now).await.map_err(refused)?;
    call.until(|world| world.resolver_tokens().all(|one| one.id.as_str() != token)).await;
    Ok(Answer::done())
}

fn view(standing: Standing) -> NameListView {
    let Standing { list, resource, file, names, skipped, read_at, problem } = standing;
    NameListView { list, resource, file, names, skipped, read_at, problem }
}

fn refused(refusal: TokenRefusal) -> Problem {
    match refusal {
        TokenRefusal::NoUser(_) | TokenRefusal::Days | TokenRefusal::TooMany => Problem::wrong(refusal),
        TokenRefusal::Taken(_) => Problem::conflict(refusal),
        TokenRefusal::NoToken(_) => Problem::not_found(refusal),
        TokenRefusal::NoEntropy(_) | TokenRefusal::Change(_) => Problem::failed(refusal),
    }
}
