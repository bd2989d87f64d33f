//! Envoy's `ext_authz` v3 over gRPC: one method, one message each way.

mod frame;
mod messages;

use std::net::SocketAddr;

use http::header::COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue};
use sekisho_gateway::{DecisionAnswer, Decisions, Held, Question};
use sekisho_model::RequestId;
use sekisho_model::documents::Dialect;
use sekisho_policy_enforcement::{Caller, Claim, Malformed, Refusal, RequestHead};

use crate::{body, forward, permitted};
use frame::Status;
use messages::{CheckRequest, CheckResponse, HttpRequest};

/// The method's path.
pub(crate) const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";

/// The answer to a client that is no caller.
pub(crate) fn unauthenticated() -> DecisionAnswer {
    frame::fault(Status::Unauthenticated, "the caller has not proven to be an enforcement point")
}

/// Whether the request may pass, or what its sender gets.
pub(crate) async fn check(caller: &Caller, question: Question, decisions: &Decisions) -> DecisionAnswer {
    let Question { body, id, connection, .. } = question;
    if caller.point().speaks != Dialect::Envoy {
        return frame::fault(Status::PermissionDenied, "this enforcement point is not registered as an Envoy");
    }
    let Some(bytes) = body::read(body).await else {
        return frame::fault(Status::InvalidArgument, "the message is too long, or ended early");
    };
    let Some(request) = frame::message::<CheckRequest>(&bytes) else {
        return frame::fault(Status::InvalidArgument, "the message is not one CheckRequest without compression");
    };
    frame::answer(&decide(caller, request, connection.peer, id, decisions).await)
}

async fn decide(
    caller: &Caller,
    request: CheckRequest,
    peer: SocketAddr,
    id: RequestId,
    decisions: &Decisions,
) -> CheckResponse {
    let read = claim(&request).and_then(|(claim, http)| {
        let head = RequestHead::of_claim(caller, &claim, fields(http)?, decisions.limits())?;
        Ok((claim, head))
    });
    let (claim, head) = match read {
        Ok(read) => read,
        Err(rule) => return CheckResponse::denied(&decisions.refuse(&Refusal::Malformed(rule), None, peer, id)),
    };
    let refused = id.clone();
    match decisions.hold(caller, &head, &forward::connection(&claim, &head), id).await {
        Held::Passes(passage) => {
            let fields = permitted::fields(&passage, &head);
            let no_cookie = !fields.iter().any(|(name, _)| *name == COOKIE);
            let untold = || {
                CheckResponse::denied(&decisions.refuse(
                    &Refusal::Malformed(Malformed::FieldValue),
                    None,
                    peer,
                    refused,
                ))
            };
            CheckResponse::permitted(&fields, no_cookie.then_some(COOKIE)).unwrap_or_else(untold)
        }
        Held::Answered(response) => CheckResponse::denied(&response),
    }
}

/// What Envoy says of the request. All of it is Envoy's own word; the fields that the client sent are apart.
fn claim(request: &CheckRequest) -> Result<(Claim, &HttpRequest), Malformed> {
    let attributes = request.attributes.as_ref().ok_or(Malformed::Claim)?;
    let http = attributes.request.as_ref().and_then(|request| request.http.as_ref()).ok_or(Malformed::Claim)?;
    let address = attributes.source.as_ref().and_then(messages::Peer::address).ok_or(Malformed::Claim)?;
    let claim = Claim {
        method: http.method.clone(),
        scheme: http.scheme.clone(),
        authority: http.host.clone(),
        target: http.path.clone(),
        client: address.parse().map_err(|_| Malformed::Claim)?,
    };
    Ok((claim, http))
}

/// The client's fields. Envoy puts its pseudo-fields among them, whose meaning it says apart.
fn fields(http: &HttpRequest) -> Result<HeaderMap, Malformed> {
    let raw = http.header_map.as_ref().map_or(&[][..], |map| &map.headers);
    // One of the two: which one counts nobody could say.
    if !raw.is_empty() && !http.headers.is_empty() {
        return Err(Malformed::Claim);
    }
    let raw = raw.iter().map(|header| (header.key.as_str(), header.bytes()));
    let all = http.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).chain(raw);
    let mut fields = HeaderMap::with_capacity(http.headers.len());
    for (name, value) in all.filter(|(name, _)| !name.starts_with(':')) {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Malformed::FieldName)?;
        let value = HeaderValue::from_bytes(value).map_err(|_| Malformed::FieldValue)?;
        fields.append(name, value);
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::envoy::messages::{Header, Headers};

    #[test]
    fn fields_are_read_in_the_bytes_that_came_and_in_one_form_only() {
        let header = |key: &str, raw: &'static [u8]| Header {
            key: key.to_owned(),
            value: String::new(),
            raw_value: Bytes::from_static(raw),
        };
        let raw =
            Headers { headers: vec![header(":path", b"/"), header("cookie", b"u=\x93\xfa"), header("x-a", b"b")] };
        let mut http = HttpRequest { header_map: Some(raw), ..HttpRequest::default() };
        let read = fields(&http).expect("fields");
        assert_eq!((read.len(), read[COOKIE].as_bytes()), (2, &b"u=\x93\xfa"[..]));
        http.headers.insert("cookie".to_owned(), "u=1".to_owned());
        assert!(fields(&http).is_err());
        http.header_map = None;
        assert_eq!(fields(&http).expect("fields")[COOKIE], "u=1");
    }
}
