//! What the gateway answers when it refuses a request itself, for the OpenAPI document. It reads every request before the API does, and its
//! problem documents are the same for every host.

use utoipa::ToSchema;

/// A refusal of the gateway (RFC 9457): it did not pass the request on.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes what another part of the platform writes")]
pub(crate) struct GatewayProblem {
    /// The kind of problem, for example `urn:sekisho:problem:malformed-request`.
    #[schema(rename = "type")]
    kind: String,
    /// What is wrong, in one sentence.
    title: String,
    /// The status of the response.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// The first reason.
    detail: Option<String>,
    /// The number of the request, as a URN.
    instance: String,
    /// The number of the request, under which it is recorded.
    request: String,
    /// Why it was refused.
    #[schema(inline)]
    reasons: Vec<Told>,
    /// What helps.
    #[schema(inline)]
    remedies: Vec<Told>,
}

/// One reason or remedy.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes what another part of the platform writes")]
struct Told {
    /// The stable code.
    code: String,
    /// The text in English.
    text: String,
    /// The text in Japanese.
    text_ja: Option<String>,
    /// Where to go.
    url: Option<String>,
}
