//! What must hold of every request that an origin sees and of every answer that a client gets, whatever the case.

use crate::{Request, Response};

/// Each identity field exactly once, nothing that looks like one, nothing that spoke about the hop before, and nothing that
/// says what the request "really" is.
pub(crate) fn of_request(request: &Request) -> Result<(), String> {
    identity_is_ours(request)?;
    hops_are_ours(request)?;
    if request.values("cookie").len() > 1 {
        return Err("more than one line of cookies at the origin".to_owned());
    }
    let ranges = request.values("range").iter().map(|value| value.split(',').count()).max().unwrap_or(0);
    if ranges > 16 { Err(format!("{ranges} ranges at the origin")) } else { Ok(()) }
}

fn identity_is_ours(request: &Request) -> Result<(), String> {
    for name in
        ["sekisho-assertion", "x-request-id", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "host"]
    {
        let count = request.values(name).len();
        if count != 1 {
            return Err(format!("{count} copies of {name} at the origin"));
        }
    }
    if request.values("sekisho-assertion").iter().any(|token| token.split('.').count() != 3) {
        return Err("the assertion is not ours".to_owned());
    }
    for (name, value) in &request.fields {
        let plain: String = name.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        let looks_alike = [
            "xauthuser",
            "xauthrequest",
            "remoteuser",
            "xusername",
            "xremote",
            "xssl",
            "sslclient",
            "xclientcert",
            "xaccessjwt",
            "xoriginal",
            "xrewrite",
            "xforwardeduri",
            "xforwardedpath",
        ];
        if looks_alike.iter().any(|start| plain.starts_with(start)) || value.contains("mallory") {
            return Err(format!("a field of the client's own says who asks, or for what: {name}: {value}"));
        }
    }
    Ok(())
}

/// What a client says of its own connection stays there. Of an agreed handshake the gateway says it anew.
fn hops_are_ours(request: &Request) -> Result<(), String> {
    let websocket = request.values("upgrade") == ["websocket"] && request.values("connection") == ["upgrade"];
    let hops = ["http2-settings", "expect", "te", "trailer", "keep-alive", "proxy-connection", "proxy-authorization"];
    let not_anew = ["upgrade", "connection"].into_iter().filter(|_| !websocket);
    let found = hops.into_iter().chain(not_anew).find(|name| !request.values(name).is_empty());
    found.map_or(Ok(()), |name| {
        Err(format!("{name}, which is for one hop, is at the origin: {:?}", request.values(name)))
    })
}

/// No cookie in our name but one that ends a session, and nothing that an origin said of its own connection.
pub(crate) fn of_response(response: &Response) -> Result<(), String> {
    let sets_ours = |value: &&&str| {
        let value = value.to_ascii_lowercase();
        value.contains("sekisho=stolen") || value.contains("sekisho-flow=x;") || value.ends_with("sekisho-flow=x")
    };
    if let Some(value) = response.values("set-cookie").iter().find(sets_ours) {
        return Err(format!("an origin set a cookie of ours: {value}"));
    }
    let hops = ["x-hop", "keep-alive", "proxy-connection", "upgrade"];
    let found = hops.into_iter().find(|name| response.field(name).is_some());
    found.map_or(Ok(()), |name| Err(format!("{name}, which is for one hop, is in an answer")))
}
