//! The routes of the REST API about the directory: what it holds, the last requests, and who owns what. The protocol's own are in `scim`.

use sekisho_model::Name;
use sekisho_model::documents::DirectoryKind;
use sekisho_rest::{Access, Answer, Api, Body, Call, Problem, Routes, route};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::acts::{DIRECTORY_HANDED_OVER, DIRECTORY_READ, DIRECTORY_RELEASED};
use crate::ownership::{EntryView, Ownership};
use crate::scim::{self, ScimError};
use crate::{Directory, ProvisioningRequest};

/// The routes of the directory, with those of SCIM.
#[must_use]
pub const fn api<S: AsRef<Directory>>() -> Api<S> {
    Api {
        name: "directory",
        routes: |state| {
            let routes = Routes::new()
                .add(Access::Act(DIRECTORY_READ), route!(show))
                .add(Access::Act(DIRECTORY_HANDED_OVER), route!(hand_over))
                .add(Access::Act(DIRECTORY_RELEASED), route!(release));
            routes.merge(scim::routes()).with(state.as_ref().clone())
        },
    }
}

/// What the directory holds.
#[derive(Debug, Serialize, ToSchema)]
struct DirectoryView {
    /// The accounts.
    users: Vec<EntryView>,
    /// The groups.
    groups: Vec<EntryView>,
    /// The last requests at this process, newest first.
    requests: Vec<ProvisioningRequest>,
}

/// Which account or group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Owned {
    /// Of what.
    #[schema(value_type = String, pattern = "^(user|group)$")]
    kind: DirectoryKind,
    /// Its identifier.
    #[schema(value_type = String, max_length = 128)]
    name: Name,
}

/// Who owns an account or group.
#[derive(Debug, Serialize, ToSchema)]
struct Owner {
    /// `user` or `group`.
    kind: &'static str,
    /// Its identifier.
    name: String,
    /// `directory` or `administrators`.
    owner: &'static str,
}

impl Owned {
    fn by(&self, owner: &'static str) -> Owner {
        Owner { kind: self.kind.name(), name: self.name.to_string(), owner }
    }
}

/// Show what the directory holds, the last requests, and where accounts differ from what it says.
#[utoipa::path(get, path = "/directory", tag = "directory", responses((status = 200, body = DirectoryView)))]
async fn show(call: Call<Directory>) -> Result<Answer<DirectoryView>, Problem> {
    let directory = &call.services;
    let users = directory.views(DirectoryKind::User).await.map_err(problem)?;
    let groups = directory.views(DirectoryKind::Group).await.map_err(problem)?;
    Ok(Answer::ok(DirectoryView { users, groups, requests: directory.requests.last() }))
}

/// Hand an account or a group over to the directory.
#[utoipa::path(post, path = "/directory/hand-over", tag = "directory", request_body = Owned,
    responses((status = 200, body = Owner)))]
async fn hand_over(call: Call<Directory>, Body(owned): Body<Owned>) -> Result<Answer<Owner>, Problem> {
    ownership(&call)?.hand_over(owned.kind, &owned.name).await.map_err(problem)?;
    Ok(Answer::ok(owned.by("directory")))
}

/// Take an account or a group back from the directory.
#[utoipa::path(post, path = "/directory/release", tag = "directory", request_body = Owned,
    responses((status = 200, body = Owner)))]
async fn release(call: Call<Directory>, Body(owned): Body<Owned>) -> Result<Answer<Owner>, Problem> {
    ownership(&call)?.release(owned.kind, &owned.name).await.map_err(problem)?;
    Ok(Answer::ok(owned.by("administrators")))
}

fn ownership(call: &Call<Directory>) -> Result<Ownership<'_>, Problem> {
    Ok(Ownership { directory: &call.services, world: &call.world, actor: call.actor()?, now: call.now })
}

fn problem(error: ScimError) -> Problem {
    let code = match error.status.as_u16() {
        403 => "forbidden",
        404 => "not-found",
        409 => "conflict",
        500.. => "failed",
        _ => "wrong-request",
    };
    Problem::new(error.status, code, error.detail)
}
