//! The routes of the protocol. Each has the access of an administrative act, and each request is noted.

use axum::body::{Body, to_bytes};
use axum::extract::{Query, RawPathParams, Request};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, patch, post, put};
use http::header::{CONTENT_TYPE, ETAG, HOST, LOCATION};
use http::{HeaderValue, Method, StatusCode};
use sekisho_rest::{Access, Call, Condition, Problem, Routes};
use serde_json::{Map, Value, json};

use super::error::{MEDIA_TYPE, ScimError};
use super::list::{Asked, list};
use super::resource::{shown, tag};
use super::schema::{GROUPS, ResourceType, USERS};
use super::{discovery, projection::Projection};
use crate::acts::{DIRECTORY_PROVISIONED, DIRECTORY_READ};
use crate::entries;
use crate::provisioning::{Edit, Provisioning, not_found};
use crate::{Directory, ProvisioningRequest};

/// Where the server is below the address of the API.
const SERVER: &str = "/scim/v2";
/// The largest body in bytes. The guard of the API rejects larger ones before.
const BODY: usize = 1024 * 1024;

/// The handler of a route. It notes the request with its answer.
macro_rules! handler {
    ($method:expr, $what:expr) => {{
        let what = $what;
        $method(
            move |call: Call<Directory>,
                  parameters: RawPathParams,
                  condition: Condition,
                  query: Query<Vec<(String, String)>>,
                  request: Request| { answered(what, call, parameters, condition, query, request) },
        )
    }};
}
async fn answered(
    what: What,
    call: Call<Directory>,
    parameters: RawPathParams,
    condition: Condition,
    Query(query): Query<Vec<(String, String)>>,
    request: Request,
) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let id = parameters.iter().find(|(name, _)| *name == "id").map(|(_, value)| value.to_owned());
    let base = base(&call, &request);
    let asked = Asking {
        call: &call,
        base: &base,
        id: id.as_deref().unwrap_or_default(),
        condition: &condition,
        query: &query,
    };
    let answer = asked.answer(what, request.into_body()).await;
    let problem = answer.as_ref().err().map(|error| error.detail.clone());
    let response = answer.unwrap_or_else(ScimError::into_response);
    note(&call, &method, &path, &response, problem);
    response
}

/// Every route of the protocol.
pub(crate) fn routes() -> Routes<Directory> {
    let mut routes = Routes::new();
    for (path, what) in [
        ("/ServiceProviderConfig", What::Configuration),
        ("/ResourceTypes", What::ResourceTypes),
        ("/ResourceTypes/{id}", What::ResourceTypes),
        ("/Schemas", What::Schemas),
        ("/Schemas/{id}", What::Schemas),
        ("/{other}", What::Nothing),
    ] {
        routes = routes.standard(Access::SignedIn, "GET", &format!("{SERVER}{path}"), handler!(get, what));
    }
    routes = routes.standard(
        Access::Act(DIRECTORY_READ),
        "POST",
        &format!("{SERVER}/.search"),
        handler!(post, What::SearchAll),
    );
    for of in [USERS, GROUPS] {
        let (all, one) = (format!("{SERVER}{}", of.endpoint), format!("{SERVER}{}/{{id}}", of.endpoint));
        let (reads, writes) = (Access::Act(DIRECTORY_READ), Access::Act(DIRECTORY_PROVISIONED));
        routes = routes
            .standard(reads, "GET", &all, handler!(get, What::List(of)))
            .standard(writes, "POST", &all, handler!(post, What::Create(of)))
            .standard(reads, "POST", &format!("{all}/.search"), handler!(post, What::Search(of)))
            .standard(reads, "GET", &one, handler!(get, What::Show(of)))
            .standard(writes, "PUT", &one, handler!(put, What::Replace(of)))
            .standard(writes, "PATCH", &one, handler!(patch, What::Patch(of)))
            .standard(writes, "DELETE", &one, handler!(delete, What::Remove(of)));
    }
    routes.refusing(refusal)
}

/// What a route does.
#[derive(Debug, Clone, Copy)]
enum What {
    Configuration,
    ResourceTypes,
    Schemas,
    Nothing,
    SearchAll,
    List(&'static ResourceType),
    Search(&'static ResourceType),
    Create(&'static ResourceType),
    Show(&'static ResourceType),
    Replace(&'static ResourceType),
    Patch(&'static ResourceType),
    Remove(&'static ResourceType),
}

fn refusal(problem: &Problem) -> Response {
    ScimError::from(problem).into_response()
}

fn note(call: &Call<Directory>, method: &Method, path: &str, response: &Response, problem: Option<String>) {
    let Some(caller) = &call.caller else { return };
    call.services.requests.note(ProvisioningRequest {
        at: call.now,
        by: caller.actor.to_string(),
        method: method.to_string(),
        path: path.strip_prefix(SERVER).unwrap_or(path).chars().take(200).collect(),
        status: response.status().as_u16(),
        problem,
    });
}

/// The address of the server, as the client wrote its host. At the local socket it has none.
fn base(call: &Call<Directory>, request: &Request) -> String {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(http::uri::Authority::as_str));
    let origin = match (&call.origin, host) {
        (Some(_), Some(host)) => format!("https://{host}"),
        _ => String::new(),
    };
    format!("{origin}/api/v1{SERVER}")
}

/// One request.
struct Asking<'a> {
    call: &'a Call<Directory>,
    base: &'a str,
    id: &'a str,
    condition: &'a Condition,
    query: &'a [(String, String)],
}

impl Asking<'_> {
    async fn answer(&self, what: What, body: Body) -> Result<Response, ScimError> {
        match what {
            What::Configuration => Ok(json(StatusCode::OK, &discovery::configuration(self.base))),
            What::ResourceTypes => self.described(discovery::resource_types(self.base)),
            What::Schemas => self.described(discovery::schemas(self.base)),
            What::Nothing => Err(ScimError::not_found("there is no such endpoint")),
            What::SearchAll => self.search(&[USERS, GROUPS], body).await,
            What::Search(of) => self.search(&[of], body).await,
            What::List(of) => self.list(&[of], &Asked::of_query(self.query)?).await,
            What::Show(of) => self.show(of).await,
            What::Create(of) => self.create(of, body).await,
            What::Replace(of) => {
                let body = fields(body).await?;
                self.change(of, Edit::Replace(&body)).await
            }
            What::Patch(of) => {
                let body = fields(body).await?;
                self.change(of, Edit::Patch(&body)).await
            }
            What::Remove(of) => {
                self.provisioning()?.remove(of, self.id, self.condition).await?;
                self.in_force().await;
                Ok(StatusCode::NO_CONTENT.into_response())
            }
        }
    }

    /// One or all of what the server says of itself. A filter there would hide what is true (RFC 7644, 4).
    fn described(&self, all: Vec<Value>) -> Result<Response, ScimError> {
        if self.query.iter().any(|(name, _)| name.eq_ignore_ascii_case("filter")) {
            return Err(ScimError::forbidden("what the server says of itself cannot be filtered"));
        }
        if self.id.is_empty() {
            let answer = json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": all.len(),
                "startIndex": 1,
                "itemsPerPage": all.len(),
                "Resources": all,
            });
            return Ok(json(StatusCode::OK, &answer));
        }
        let one = all.iter().find(|one| one.get("id").and_then(Value::as_str) == Some(self.id));
        let missing = || ScimError::not_found(format_args!("there is no `{}`", self.id.escape_debug()));
        one.map(|one| json(StatusCode::OK, one)).ok_or_else(missing)
    }

    async fn list(&self, types: &[&'static ResourceType], asked: &Asked) -> Result<Response, ScimError> {
        Ok(json(StatusCode::OK, &list(&self.call.services.services.store, self.base, types, asked).await?))
    }

    async fn search(&self, types: &[&'static ResourceType], body: Body) -> Result<Response, ScimError> {
        self.list(types, &Asked::of_body(&fields(body).await?)?).await
    }

    async fn show(&self, of: &'static ResourceType) -> Result<Response, ScimError> {
        let found = entries::find(&self.call.services.services.store, of.kind, self.id).await?;
        let found = found.ok_or_else(|| not_found(of, self.id))?;
        if self.condition.unchanged(found.version()).is_some() {
            return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag(found.version()))]).into_response());
        }
        self.shown(of, StatusCode::OK, self.id).await
    }

    async fn create(&self, of: &'static ResourceType, body: Body) -> Result<Response, ScimError> {
        let id = self.provisioning()?.create(of, &fields(body).await?).await?;
        self.in_force().await;
        self.shown(of, StatusCode::CREATED, &id.to_string()).await
    }

    async fn change(&self, of: &'static ResourceType, edit: Edit<'_>) -> Result<Response, ScimError> {
        self.provisioning()?.change(of, self.id, edit, self.condition).await?;
        self.in_force().await;
        self.shown(of, StatusCode::OK, self.id).await
    }

    async fn shown(&self, of: &'static ResourceType, status: StatusCode, id: &str) -> Result<Response, ScimError> {
        let store = &self.call.services.services.store;
        let found = entries::find(store, of.kind, id).await?.ok_or_else(|| not_found(of, id))?;
        let resource = shown(store, self.base, &found, &self.projection()?).await?;
        let mut response = json(status, &resource);
        let location = format!("{}{}/{id}", self.base, of.endpoint);
        for (name, value) in [(ETAG, tag(found.version())), (LOCATION, location)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        Ok(response)
    }

    fn projection(&self) -> Result<Projection, ScimError> {
        Ok(Asked::of_query(self.query)?.projection)
    }

    fn provisioning(&self) -> Result<Provisioning<'_>, ScimError> {
        let actor = self.call.actor().map_err(|problem| ScimError::from(&problem))?;
        Ok(Provisioning { directory: &self.call.services, world: &self.call.world, actor, now: self.call.now })
    }

    /// Waits until the World of this process shows what was changed.
    async fn in_force(&self) {
        if let Ok(revision) = self.call.services.services.store.revision().await {
            self.call.until(|world| world.revision() >= revision).await;
        }
    }
}

/// The object of a body. `application/json` is taken as well as the type of the protocol.
async fn fields(body: Body) -> Result<Map<String, Value>, ScimError> {
    let syntax = |detail: &dyn std::fmt::Display| {
        ScimError::wrong("invalidSyntax", format_args!("the body is no JSON object: {detail}"))
    };
    let bytes = to_bytes(body, BODY).await.map_err(|error| syntax(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| syntax(&error))
}

fn json(status: StatusCode, value: &Value) -> Response {
    (status, [(CONTENT_TYPE, MEDIA_TYPE)], value.to_string()).into_response()
}
