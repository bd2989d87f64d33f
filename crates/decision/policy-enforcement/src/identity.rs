//! The fields that identify the requester to applications. A client's own are dropped: those that the gateway writes, those by
//! which other gateways of this kind tell it, and those that the application's document names.

use http::HeaderName;
use sekisho_model::documents::RequestRules;

/// The signed assertion.
pub const ASSERTION: HeaderName = HeaderName::from_static("sekisho-assertion");

/// The request's identifier.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the gateway writes itself. No document lets a client's own pass.
const WRITTEN: [&str; 5] =
    ["x-request-id", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"];
const WRITTEN_BEGINNINGS: [&str; 2] = ["sekisho-", "x-sekisho-"];

/// What other gateways write, and applications behind them believe: who the user is, where the request came from, what the
/// client's certificate was, which URL was "really" meant. Browsers and clients of applications send none of these.
const NAMES: [&str; 56] = [
    "proxy",
    "client-ip",
    "x-forwarded",
    "x-forward-for",
    "x-username",
    "x-userid",
    "x-group",
    "x-role",
    "x-principal",
    "x-auth",
    "x-auth-user",
    "x-auth-username",
    "x-auth-name",
    "x-auth-email",
    "x-auth-groups",
    "x-auth-roles",
    "x-verified-user",
    "x-proxy-user",
    "x-client-verify",
    "x-http-destinationurl",
    "x-middleware-subrequest",
    "x-waws-unencoded-url",
    "x-wsgi-url-scheme",
    "forwarded",
    "via",
    "x-real-ip",
    "x-real-port",
    "true-client-ip",
    "x-true-client-ip",
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "fastly-client-ip",
    "x-client-ip",
    "x-originating-ip",
    "x-azure-clientip",
    "x-azure-socketip",
    "x-azure-fdid",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
    "x-original-url",
    "x-original-uri",
    "x-original-path",
    "x-original-host",
    "x-original-method",
    "x-rewrite-url",
    "x-override-url",
    "x-matched-path",
    "x-now-route-matches",
    "x-http-host-override",
    "x-url-scheme",
    "x-user",
    "x-groups",
    "x-roles",
    "x-email",
    "x-access-jwt",
    "x-goog-iap-jwt-assertion",
];
const BEGINNINGS: [&str; 21] = [
    "x-forwarded-",
    "x-auth-request-",
    "x-authenticated-",
    "x-authentik-",
    "x-goog-authenticated-user-",
    "x-ms-client-principal",
    "x-amzn-oidc-",
    "cf-access-",
    "x-pomerium-",
    "x-remote-",
    "remote-",
    "x-ssl-",
    "ssl-client-",
    "x-client-cert",
    "client-cert",
    "x-tls-client-",
    "x-webauth-",
    "tailscale-",
    "x-accel-",
    "x-envoy-",
    "x-invoke-",
];

/// Whether a field of that name says something that only a gateway may say. Names are lower case here, and have no
/// character that some server maps to a hyphen: the head reader saw to both.
pub(crate) fn is_ours_alone(name: &HeaderName) -> bool {
    is_written(name.as_str()) || is_told_by_gateways(name.as_str())
}

/// Whether an application does not get a client's field of that name.
pub(crate) fn is_dropped(name: &HeaderName, rules: &RequestRules) -> bool {
    let named = |list: &[String]| list.iter().any(|listed| listed == name.as_str());
    // INVARIANT I-7: no document lets a client write what the gateway writes.
    is_written(name.as_str())
        || named(&rules.drop_fields)
        || (is_told_by_gateways(name.as_str()) && !named(&rules.pass_fields))
}

fn is_written(name: &str) -> bool {
    WRITTEN.contains(&name) || WRITTEN_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

fn is_told_by_gateways(name: &str) -> bool {
    NAMES.contains(&name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dropped(name: &'static str, rules: &RequestRules) -> bool {
        is_dropped(&HeaderName::from_static(name), rules)
    }

    #[test]
    fn i7_fields_of_applications_arrive() {
        let usual = RequestRules::default();
        for name in [
            "x-auth-token",
            "x-auth-key",
            "x-user-id",
            "x-user-agent",
            "x-user-token",
            "x-goog-upload-command",
            "x-goog-api-client",
            "x-host",
            "x-http-method-override",
            "x-api-key",
            "x-csrf-token",
            "x-requested-with",
        ] {
            assert!(!dropped(name, &usual), "{name}");
        }
    }

    #[test]
    fn i7_fields_that_say_who_asks_are_dropped() {
        let usual = RequestRules::default();
        for name in [
            "sekisho-assertion",
            "x-sekisho-user",
            "x-forwarded-user",
            "remote-user",
            "x-auth-user",
            "x-auth-request-email",
            "x-goog-authenticated-user-email",
            "x-webauth-user",
            "x-original-url",
            "x-envoy-external-address",
            "x-invoke-path",
            "x-matched-path",
            "x-azure-clientip",
        ] {
            assert!(dropped(name, &usual), "{name}");
        }
    }

    #[test]
    fn i7_a_document_adds_names_and_lets_others_pass_but_none_of_ours() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let rules = RequestRules {
            drop_fields: names(&["x-team", "x-auth-token"]),
            pass_fields: names(&["remote-user", "sekisho-assertion", "x-forwarded-for", "x-request-id"]),
            ..RequestRules::default()
        };
        assert!(dropped("x-team", &rules) && dropped("x-auth-token", &rules) && dropped("remote-groups", &rules));
        assert!(!dropped("remote-user", &rules) && !dropped("x-user-id", &rules));
        for ours in ["sekisho-assertion", "x-forwarded-for", "x-request-id"] {
            assert!(dropped(ours, &rules), "{ours}");
        }
    }
}
