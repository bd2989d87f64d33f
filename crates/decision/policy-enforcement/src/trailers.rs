//! Fields after a body: only those that no server could take for part of the head.

use http::header::{AUTHORIZATION, COOKIE, LOCATION, RANGE, SET_COOKIE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName};

use crate::head::{check_name, check_value};
use crate::identity::is_ours_alone;
use crate::upstream::is_for_this_hop;

/// What may pass behind a body, in either direction: no field that frames, routes, identifies, sets cookies or speaks
/// about one connection, and none whose name or value two servers could read differently. The rest is dropped.
#[must_use]
pub fn clean_trailers(fields: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(fields.len());
    for (name, value) in fields {
        let readable = check_name(name.as_str().as_bytes()).is_ok() && check_value(name, value.as_bytes()).is_ok();
        if readable && may_follow(name) {
            kept.append(name, value.clone());
        }
    }
    kept
}

fn may_follow(name: &HeaderName) -> bool {
    let of_the_head = [AUTHORIZATION, COOKIE, LOCATION, RANGE, SET_COOKIE, WWW_AUTHENTICATE].contains(name)
        || matches!(
            name.as_str(),
            "age"
                | "alt-svc"
                | "cache-control"
                | "clear-site-data"
                | "date"
                | "expires"
                | "max-forwards"
                | "pragma"
                | "priority"
                | "retry-after"
                | "strict-transport-security"
                | "vary"
                | "warning"
        )
        || ["content-", "if-", "access-control-", "sec-", "proxy-"]
            .iter()
            .any(|start| name.as_str().starts_with(start));
    !of_the_head && !is_for_this_hop(name) && !is_ours_alone(name)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn i7_only_what_is_no_part_of_a_head_may_follow_a_body() {
        let mut fields = HeaderMap::new();
        for name in [
            "grpc-status",
            "grpc-message",
            "grpc-status-details-bin",
            "x-checksum",
            "server-timing",
            "date",
            "vary",
            "priority",
            "tailscale-user-login",
            "x-accel-redirect",
            "transfer-encoding",
            "content-length",
            "content-type",
            "connection",
            "host",
            "te",
            "trailer",
            "upgrade",
            "cookie",
            "set-cookie",
            "authorization",
            "proxy-authorization",
            "sekisho-assertion",
            "x-forwarded-for",
            "x-auth-user",
            "remote-user",
            "x_auth_user",
            "x-request-id",
            "location",
            "cache-control",
            "strict-transport-security",
        ] {
            fields.append(HeaderName::from_static(name), HeaderValue::from_static("1"));
        }
        fields.append("x-bytes", HeaderValue::from_bytes(b"\x85").expect("a value"));
        let kept = clean_trailers(&fields);
        let mut names: Vec<&str> = kept.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        let expected =
            ["grpc-message", "grpc-status", "grpc-status-details-bin", "server-timing", "x-bytes", "x-checksum"];
        assert_eq!(names, expected, "a value passes in its bytes");
    }
}
