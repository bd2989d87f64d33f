//! The tables: one row for each field of each kind.

use sekisho_model::documents::Kind;

use super::field::{Field, Shape, Value, field};

/// The levels of clearance and sensitivity.
pub(super) const LEVELS: &[&str] = &["0", "1", "2", "3", "4"];
/// What is not labelled is most sensitive, so that comes first.
const SENSITIVITIES: &[&str] = &["4", "3", "2", "1", "0"];

pub(super) const USER: &[Field] = &[
    field("id", "field-id", Shape::Identifier).required().hint("hint-user-id"),
    field("name", "field-name", Shape::Text).required(),
    field("email", "field-email", Shape::Text),
    field("department", "field-department", Shape::Text),
    field("employment", "field-employment", Shape::Choice(&["guest", "contractor", "staff"])),
    field("clearance", "field-clearance", Shape::Choice(LEVELS)).hint("hint-clearance"),
    field("status", "field-status", Shape::Choice(&["active", "disabled"])),
    field("identity_assurance", "field-identity-assurance", Shape::Choice(&["1", "2", "3"])).hint("hint-assurance"),
    field("groups", "field-groups", Shape::References(Kind::Group)).hint("hint-lines"),
    field("attributes", "field-attributes", Shape::Map).hint("hint-map"),
];

pub(super) const GROUP: &[Field] = &[
    field("id", "field-id", Shape::Identifier).required().hint("hint-id"),
    field("name", "field-name", Shape::Text).required(),
    field("groups", "field-parent-groups", Shape::References(Kind::Group)).hint("hint-lines"),
];

pub(super) const DEVICE: &[Field] = &[
    field("id", "field-id", Shape::Identifier).required().hint("hint-id"),
    field("name", "field-name", Shape::Text).required(),
    field("owner", "field-device-owner", Shape::Reference(Kind::User)),
    field("ownership", "field-ownership", Shape::Choice(&["personal", "corporate"])),
    field("platform", "field-platform", Shape::Text).required().hint("hint-platform"),
    field("managed", "field-managed", Shape::Flag),
    field("status", "field-status", Shape::Choice(&["active", "revoked"])).hint("hint-revoked"),
    field("key_sha256", "field-key", Shape::Kept),
    field("public_key", "field-public-key", Shape::Kept),
    field("enrolled_at", "field-enrolled-at", Shape::Kept),
];

pub(super) const CHECK: &[Field] = &[
    field("id", "field-id", Shape::Identifier).required().hint("hint-id"),
    field("platforms", "field-platforms", Shape::List).hint("hint-platforms"),
    field("fact", "field-fact", Shape::Text).required().hint("hint-fact"),
    field(
        "expect",
        "field-expect",
        Shape::Tagged(&[
            ("equals", Value::Any),
            ("at-most", Value::Number),
            ("at-least", Value::Number),
            ("version-at-least", Value::Text),
            ("holds-none", Value::List),
            ("holds-all", Value::List),
        ]),
    )
    .required()
    .hint("hint-expect"),
    field("unless", "field-unless", Shape::Fact).hint("hint-unless"),
    field("reason", "field-check-reason", Shape::Bilingual).required().hint("hint-check-reason"),
    field("remedy", "field-remedy", Shape::Bilingual).required().hint("hint-remedy"),
];

pub(super) const RESOURCE: &[Field] = &[
    field("id", "field-id", Shape::Identifier).required().hint("hint-id"),
    field("name", "field-name", Shape::Bilingual).required(),
    field("description", "field-description", Shape::Bilingual),
    field("kind", "field-resource-kind", Shape::Choice(&["web", "api", "tcp", "data"])),
    field("host", "field-host", Shape::Text).hint("hint-host"),
    field("upstream", "field-upstream", Shape::Structured).hint("hint-upstream"),
    field("addresses", "field-addresses", Shape::List).hint("hint-addresses"),
    field("owner", "field-resource-owner", Shape::Reference(Kind::User)),
    field("sensitivity", "field-sensitivity", Shape::Choice(SENSITIVITIES)).hint("hint-sensitivity"),
    field("categories", "field-categories", Shape::List).hint("hint-lines"),
    field("environment", "field-environment", Shape::Text).hint("hint-environment"),
    field("client_certificate", "field-client-certificate", Shape::Choice(&["none", "optional", "required"]))
        .hint("hint-client-certificate"),
    field("allowed_origins", "field-allowed-origins", Shape::List).hint("hint-allowed-origins"),
    field("transport_security", "field-transport-security", Shape::Choice(&["sekisho", "none"])),
    field("requests", "field-requests", Shape::Structured).hint("hint-requests"),
    field("tags", "field-attributes", Shape::Map).hint("hint-map"),
];

pub(super) const GRANT: &[Field] = &[
    field("id", "field-id", Shape::Identifier).required().hint("hint-id"),
    field("user", "field-grant-user", Shape::Reference(Kind::User)).required(),
    field("resource", "field-grant-resource", Shape::Reference(Kind::Resource)).required(),
    field("until", "field-until", Shape::Time).required().hint("hint-time"),
    field("reason", "field-grant-reason", Shape::Text).required(),
];

pub(super) const ENFORCEMENT_POINT: &[Field] = &[
    field("id", "field-id", Shape::Identifier).required().hint("hint-id"),
    field("name", "field-name", Shape::Text),
    field("speaks", "field-speaks", Shape::Choice(&["nginx", "traefik", "caddy", "envoy", "authzen"])).required(),
    field("status", "field-status", Shape::Choice(&["active", "disabled"])),
    field("resources", "field-resources", Shape::References(Kind::Resource)).hint("hint-lines"),
    field("port", "field-port", Shape::Number).hint("hint-port"),
    field("names", "field-foreign-names", Shape::Structured).hint("hint-foreign-names"),
    field("subjects", "field-foreign-subjects", Shape::Map).hint("hint-foreign-subjects"),
    field("actions", "field-foreign-actions", Shape::Map).hint("hint-foreign-actions"),
    field("keys", "field-key", Shape::Kept),
    field("tokens", "field-tokens", Shape::Kept),
];

pub(super) const THREAT_LIST: &[Field] = &[
    field("id", "field-id", Shape::Identifier).required().hint("hint-id"),
    field("entries", "field-entries", Shape::Pairs("network", "score", Value::Number)).required().hint("hint-entries"),
];

pub(super) const THREAT_FEED: &[Field] = &[
    field("id", "field-id", Shape::Identifier).required().hint("hint-id"),
    field("url", "field-feed-url", Shape::Text).required().hint("hint-feed-url"),
    field("format", "field-feed-format", Shape::Choice(&["plain", "taxii"])).required().hint("hint-feed-format"),
    field("score", "field-feed-score", Shape::Number).required().hint("hint-feed-score"),
    field("minimum_confidence", "field-minimum-confidence", Shape::Number).hint("hint-minimum-confidence"),
    field("every", "field-feed-every", Shape::Duration).hint("hint-duration"),
    field("allowed", "field-allowed", Shape::List).hint("hint-allowed"),
];

pub(super) const PLAYBOOK: &[Field] = &[
    field("id", "field-id", Shape::Identifier).required().hint("hint-id"),
    field("name", "field-name", Shape::Bilingual).required(),
    field("trigger", "field-playbook-trigger", Shape::Text).required().hint("hint-playbook-trigger"),
    field("when", "field-playbook-when", Shape::Text).hint("hint-playbook-when"),
    field("mode", "field-playbook-mode", Shape::Choice(&["propose", "automatic"])).hint("hint-playbook-mode"),
    field("actions", "field-playbook-actions", Shape::List).required().hint("hint-playbook-actions"),
    field("lasts", "field-playbook-lasts", Shape::Duration).hint("hint-playbook-lasts"),
    field("weight", "field-playbook-weight", Shape::Number).hint("hint-playbook-weight"),
    field("webhook", "field-playbook-webhook", Shape::Text).hint("hint-playbook-webhook"),
    field("people", "field-playbook-people", Shape::Number).hint("hint-playbook-people"),
    field("window", "field-playbook-window", Shape::Duration).hint("hint-duration"),
    field("never", "field-playbook-never", Shape::References(Kind::User)).hint("hint-playbook-never"),
    field("never_groups", "field-playbook-never-groups", Shape::References(Kind::Group)).hint("hint-lines"),
    field("never_devices", "field-playbook-never-devices", Shape::References(Kind::Device)).hint("hint-lines"),
    field("never_networks", "field-playbook-never-networks", Shape::List).hint("hint-lines"),
];

pub(super) const VULNERABILITY_SOURCE: &[Field] = &[
    field("id", "field-id", Shape::Identifier).required().hint("hint-id"),
    field("path", "field-source-path", Shape::Text).required().hint("hint-source-path"),
    field("format", "field-source-format", Shape::Choice(&["osv", "rustsec", "kev", "openvex"]))
        .required()
        .hint("hint-source-format"),
    field("every", "field-feed-every", Shape::Duration).hint("hint-duration"),
];

pub(super) const WORKLOAD: &[Field] = &[
    field("id", "field-id", Shape::Identifier).required().hint("hint-workload-id"),
    field("name", "field-name", Shape::Text),
    field("owner", "field-workload-owner", Shape::Reference(Kind::User)).required().hint("hint-workload-owner"),
    field("groups", "field-groups", Shape::References(Kind::Group)).hint("hint-lines"),
    field("disabled", "field-workload-disabled", Shape::Flag),
    field("trusts", "field-trusts", Shape::Structured).hint("hint-trusts"),
];

pub(super) const IDENTITY_PROVIDER: &[Field] = &[
    field("id", "field-id", Shape::Identifier).required().hint("hint-id"),
    field("name", "field-name", Shape::Text).required(),
    field("enabled", "field-provider-enabled", Shape::Flag),
    field("issuer", "field-issuer", Shape::Text).required().hint("hint-issuer"),
    field("client_id", "field-client-id", Shape::Text).required(),
    field("scopes", "field-scopes", Shape::List).hint("hint-scopes"),
    field("authorities", "field-provider-authorities", Shape::Structured).hint("hint-provider-authorities"),
    field("trusted_assurance", "field-trusted-assurance", Shape::Number).hint("hint-trusted-assurance"),
    field("acr", "field-acr", Shape::Map).hint("hint-acr"),
    field("groups_claim", "field-groups-claim", Shape::Text),
    field("groups", "field-claim-groups", Shape::Map).hint("hint-claim-groups"),
    field("attributes", "field-claim-attributes", Shape::Map).hint("hint-claim-attributes"),
];

pub(super) const API_DOCUMENT: &[Field] = &[
    field("id", "field-api-resource", Shape::Identifier).required().hint("hint-api-resource"),
    field("document", "field-api-document", Shape::Structured).required().hint("hint-api-document"),
    field("body_limit", "field-body-limit", Shape::Number).hint("hint-body-limit"),
];

pub(super) const LABEL: &[Field] = &[
    field("id", "field-id", Shape::Identifier).required().hint("hint-id"),
    field("name", "field-name", Shape::Bilingual).required(),
    field("description", "field-description", Shape::Bilingual),
    field("parent", "field-label-parent", Shape::Reference(Kind::Label)).hint("hint-label-parent"),
    field("sensitivity", "field-sensitivity", Shape::Choice(SENSITIVITIES)).required().hint("hint-sensitivity"),
    field("owner", "field-label-owner", Shape::Reference(Kind::User)),
    field("resources", "field-label-resources", Shape::References(Kind::Resource)).hint("hint-lines"),
    field("finds", "field-label-finds", Shape::List).hint("hint-label-finds"),
    field("at_least", "field-label-at-least", Shape::Number).hint("hint-label-at-least"),
];

pub(super) const NAME_LIST: &[Field] = &[
    field("id", "field-id", Shape::Identifier).required().hint("hint-id"),
    field("resource", "field-names-resource", Shape::Reference(Kind::Resource)).required().hint("hint-names-resource"),
    field("names", "field-names", Shape::List).hint("hint-names"),
    field("file", "field-names-file", Shape::Text).hint("hint-names-file"),
    field("format", "field-names-format", Shape::Choice(&["plain", "rpz"])).hint("hint-names-format"),
    field("allowed", "field-names-allowed", Shape::List).hint("hint-names-allowed"),
    field("answer", "field-names-answer", Shape::Choice(&["no-name", "no-address"])).hint("hint-names-answer"),
];

pub(super) const POLICY: &[Field] =
    &[field("text", "field-policy-text", Shape::Policy).required().hint("hint-policy-text")];

pub(super) const SETTINGS: &[Field] = &[
    field("session_length", "field-session-length", Shape::Duration).hint("hint-duration"),
    field("session_idle", "field-session-idle", Shape::Duration).hint("hint-duration"),
    field("posture_freshness", "field-posture-freshness", Shape::Duration).hint("hint-duration"),
    field("time_zone", "field-time-zone", Shape::Text).hint("hint-time-zone"),
    field("utc_offset_minutes", "field-utc-offset", Shape::Number).hint("hint-utc-offset"),
    field("zones", "field-zones", Shape::Pairs("name", "networks", Value::List)).hint("hint-zones"),
];
