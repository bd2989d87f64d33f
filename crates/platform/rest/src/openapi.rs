//! The OpenAPI 3.1 document: what every operation has in common is added here, once.

use sekisho_model::documents::Kind;
use serde_json::json;
use utoipa::PartialSchema as _;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder, ServerBuilder,
};

use crate::gateway_problem::GatewayProblem;
use crate::{Access, ProblemDocument, limits};

/// The name of the security scheme.
const BEARER: &str = "bearer";
/// The names of the schemas of refusals.
const PROBLEM: &str = "ProblemDocument";
const GATEWAY_PROBLEM: &str = "GatewayProblem";

/// Adds to an operation what its access and its method imply: the credential, the act, the refusals, the idempotency key.
pub(crate) fn describe(operation: &mut Operation, access: &Access, method: &str) {
    if !matches!(access, Access::Anyone) {
        operation.security = Some(vec![SecurityRequirement::new(BEARER, Vec::<String>::new())]);
    }
    let acts = acts(access);
    if !acts.is_empty() {
        operation.extensions = Some(ExtensionsBuilder::new().add("x-sekisho-acts", json!(acts)).build());
    }
    for (status, what) in refusals(access, method) {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(what)));
    }
    operation.responses.responses.entry("default".to_owned()).or_insert_with(|| RefOr::T(refused_by_the_gateway()));
    if method == "POST" {
        operation.parameters.get_or_insert_default().push(idempotency_key());
    }
}

/// The codes of the acts that a route may do, for the document and for the table under review.
pub(crate) fn acts(access: &Access) -> Vec<&'static str> {
    match access {
        Access::Anyone | Access::SignedIn | Access::Operator => Vec::new(),
        Access::Act(act) => vec![act.code],
        // The code is the same for every kind.
        Access::OfKind(act) => vec![act(Kind::User).code],
        Access::OfBody(acts) => acts.iter().map(|act| act(Kind::User).code).collect(),
    }
}

/// The refusals that a route may answer.
fn refusals(access: &Access, method: &str) -> Vec<(&'static str, &'static str)> {
    let mut refusals = vec![
        ("400", "The request is wrong."),
        ("404", "It is not there."),
        ("500", "A part that the answer depends on failed."),
        ("503", "A part that the answer depends on does not work now."),
    ];
    if !matches!(access, Access::Anyone) {
        refusals.push(("401", "There is no live credential, or a stronger sign-in is needed."));
        refusals.push(("403", "The policies, or the limits of the token, do not permit it."));
    }
    if method != "GET" {
        refusals.extend([
            ("409", "What is there is not as the request expects."),
            ("412", "The document is at another revision."),
            ("413", "The body is too large."),
            ("415", "The body is not JSON."),
            ("422", "A field is wrong."),
        ]);
    }
    refusals
}

/// A refusal of the API, or one of the gateway with the same status.
fn problem(what: &str) -> utoipa::openapi::Response {
    let [own, of_gateway] = [PROBLEM, GATEWAY_PROBLEM].map(Ref::from_schema_name);
    refusal(what, Schema::OneOf(OneOfBuilder::new().item(own).item(of_gateway).build()))
}

/// What the gateway answers by itself, with whatever status.
fn refused_by_the_gateway() -> utoipa::openapi::Response {
    refusal("The gateway refused the request before the API saw it.", Ref::from_schema_name(GATEWAY_PROBLEM))
}

fn refusal(what: &str, schema: impl Into<RefOr<Schema>>) -> utoipa::openapi::Response {
    ResponseBuilder::new()
        .description(what)
        .content("application/problem+json", ContentBuilder::new().schema(Some(schema)).build())
        .build()
}

fn idempotency_key() -> Parameter {
    let text = ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::String))
        .min_length(Some(1))
        .max_length(Some(limits::KEY))
        .pattern(Some("^[ -~]+$"));
    ParameterBuilder::new()
        .name(limits::KEY_FIELD)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("A request that is sent again with the same key is not done twice."))
        .schema(Some(Schema::Object(text.build())))
        .build()
}

/// The document of all routes.
pub(crate) fn complete(mut document: OpenApi, prefix: &str) -> OpenApi {
    document.info = InfoBuilder::new()
        .title("Sekisho")
        .version("1")
        .description(Some(
            "The administration of a zero trust platform. Who may do what is decided by its policies; every decision and every act is \
             recorded. Times are RFC 3339 text.",
        ))
        .build();
    document.servers = Some(vec![ServerBuilder::new().url(prefix).build()]);
    let components = document.components.get_or_insert_with(Components::new);
    components.schemas.insert(PROBLEM.to_owned(), ProblemDocument::schema());
    components.schemas.insert(GATEWAY_PROBLEM.to_owned(), GatewayProblem::schema());
    let scheme = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API token, or the credential of a session that `sekisho login` began."))
        .build();
    components.add_security_scheme(BEARER, SecurityScheme::Http(scheme));
    document
}
