//! Documents: what is configured or enrolled, as it is stored and as people write it.
//!
//! Every type here is the body of one kind of document. Unknown fields are refused, so a misspelt field is an error with
//! its name and never a silent default.

mod allowed_origin;
mod api_document;
mod api_token;
mod assessment;
mod bounded;
mod change;
mod check;
mod device;
mod directory_entry;
mod enforcement_point;
mod grant;
mod grant_request;
mod health_check;
mod identity_provider;
mod kind;
mod kind_spec;
mod label;
mod name_list;
#[cfg(feature = "newer-version")]
mod newer;
mod normal;
mod path_prefix;
mod person;
mod playbook;
mod policy_file;
mod renewals;
mod request_rules;
mod resource;
mod session;
mod settings;
mod shown_names;
mod signal;
mod tcp;
mod text_form;
mod threat_feed;
mod upstream;
mod upstream_address;
mod upstream_tls;
mod vulnerability_source;
mod workload;

pub use crate::facts::FactValue;
pub use allowed_origin::AllowedOrigin;
pub use api_document::ApiDocument;
pub use api_token::{ApiToken, ApiTokenId, ApiTokenIdError, ApiTokenUse};
pub use assessment::{Assessment, AssessmentTarget};
pub use change::Change;
pub use check::{Check, Exemption, Expectation};
pub use device::{Device, DeviceStatus, FailingCheck, Ownership, Posture};
pub use directory_entry::{DirectoryEntry, DirectoryKind};
pub use enforcement_point::{Dialect, EnforcementPoint, EnforcementPointStatus, ForeignName, Sha256Hex};
pub use grant::Grant;
pub use grant_request::{GrantRequest, GrantRequestState, check_reason};
pub use health_check::HealthCheck;
pub use identity_provider::{IdentityProvider, Issuer};
pub use kind::Kind;
pub use kind_spec::{Class, KindSpec, Mention, Named, Normalise, Written};
pub use label::Label;
pub use name_list::{NameAnswer, NameList, NameListFormat, ResolverToken};
#[cfg(feature = "newer-version")]
pub use newer::Newer;
pub use path_prefix::PathPrefix;
pub use person::{AttributeValue, Employment, Group, User, UserStatus};
pub use playbook::{Playbook, PlaybookMode, ResponseAction};
pub use policy_file::PolicyFile;
pub use renewals::{FormerProof, RENEWAL_GRACE, Renewals};
pub use request_rules::{CookieDomain, MethodOverride, RequestRules};
pub use resource::{ClientCertificate, Resource, ResourceKind, TransportSecurity};
pub use session::{Session, SessionEnd};
pub use settings::{NetworkZone, Settings};
pub use signal::{Signal, SignalTarget, ThreatEntry, ThreatList};
pub use tcp::TcpAddress;
pub use threat_feed::{FeedFormat, ThreatFeed};
pub use upstream::{Upstream, UpstreamAuthorization, UpstreamHost, UpstreamProtocol};
pub use upstream_address::{UpstreamAddress, is_never_an_application};
pub use upstream_tls::{Authorities, ClientIdentity, Pin, UpstreamTls};
pub use vulnerability_source::{VulnerabilityFormat, VulnerabilitySource};
pub use workload::{Workload, WorkloadTrust};
