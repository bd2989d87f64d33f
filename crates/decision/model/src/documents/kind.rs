//! The kinds of documents: one table, from which everything else about kinds follows.
//!
//! A new kind is one row here and the file of its type. The store's filters, the check of written documents, the folder
//! reader, the plan and the search for unknown names read this table.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::kind_spec::{Class, KindSpec, Mention, Named, Written, names};
use super::normal::{
    normal, normal_api_document, normal_api_token, normal_grant_request, normal_identity_provider, normal_label,
    normal_name_list, normal_playbook, normal_resource, normal_threat_feed, normal_vulnerability_source,
    normal_workload,
};
use super::{Check, Device, EnforcementPoint, Grant, Group, PolicyFile, ResolverToken, Settings, ThreatList, User};

/// Declares the kinds: variant, name, class, how a folder writes it, whether it is critical, normal form, mentions. A row in brackets exists
/// under its condition only.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $([$only:meta])? $kind:ident = $name:literal, $class:ident, $written:ident, critical: $critical:literal,
        normalise: $normalise:expr, mentions: $mentions:expr;)*) => {
        /// A kind of document. The text form is stable: it is stored and shown.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Kind { $($(#[doc = $doc])* $(#[$only])? #[serde(rename = $name)] $kind,)* }

        impl Kind {
            /// Every kind, in the order of the table.
            pub const ALL: [Self; [$($(#[$only])? $name,)*].len()] = [$($(#[$only])? Self::$kind,)*];

            /// The row of the table for this kind.
            #[must_use]
            pub const fn spec(self) -> &'static KindSpec {
                match self {
                    $($(#[$only])? Self::$kind => {
                        const SPEC: &KindSpec = &KindSpec {
                            name: $name,
                            class: Class::$class,
                            written: Written::$written,
                            is_critical: $critical,
                            normalise: $normalise,
                            mentions: $mentions,
                        };
                        SPEC
                    })*
                }
            }
        }
    };
}

kinds! {
    /// [`super::User`]
    User = "user", Administered, Tables, critical: true,
        normalise: Some(normal::<User>), mentions: &[names("/groups", Named::Document(Kind::Group))];
    /// [`super::Group`]
    Group = "group", Administered, Tables, critical: true,
        normalise: Some(normal::<Group>), mentions: &[names("/groups", Named::Document(Kind::Group))];
    /// [`super::Device`]
    Device = "device", Administered, Tables, critical: true,
        normalise: Some(normal::<Device>), mentions: &[names("/owner", Named::Document(Kind::User))];
    /// [`super::Posture`], by device.
    Posture = "posture", Observed, Never, critical: true, normalise: None, mentions: &[];
    /// [`super::Check`]
    Check = "check", Administered, Tables, critical: false,
        normalise: Some(normal::<Check>), mentions: &[names("/fact", Named::Fact), names("/unless/fact", Named::Fact)];
    /// [`super::Resource`]
    Resource = "resource", Administered, Tables, critical: true,
        normalise: Some(normal_resource), mentions: &[names("/owner", Named::Document(Kind::User))];
    /// [`super::ApiDocument`], by resource. Critical: without it more reaches the resource.
    ApiDocument = "api-document", Administered, Tables, critical: true,
        normalise: Some(normal_api_document), mentions: &[names("/id", Named::Document(Kind::Resource))];
    /// [`super::EnforcementPoint`]
    EnforcementPoint = "enforcement-point", Administered, Tables, critical: true,
        normalise: Some(normal::<EnforcementPoint>), mentions: &[
            names("/resources", Named::Document(Kind::Resource)),
            names("/subjects", Named::Document(Kind::User)),
        ];
    /// [`super::PolicyFile`]
    Policy = "policy", Administered, Files, critical: true,
        normalise: Some(normal::<PolicyFile>), mentions: &[names("/text", Named::InPolicy)];
    /// [`super::Session`]
    Session = "session", Observed, Never, critical: true, normalise: None, mentions: &[];
    /// [`super::Grant`]
    Grant = "grant", Administered, Tables, critical: false,
        normalise: Some(normal::<Grant>), mentions: &[
            names("/user", Named::Document(Kind::User)),
            names("/resource", Named::Document(Kind::Resource)),
        ];
    /// [`super::GrantRequest`]. It is made and answered by acts of its own, and never applied. Not critical: a request permits nothing.
    GrantRequest = "grant-request", Administered, Never, critical: false,
        normalise: Some(normal_grant_request), mentions: &[
            names("/user", Named::Document(Kind::User)),
            names("/resource", Named::Document(Kind::Resource)),
        ];
    /// [`super::Signal`]
    Signal = "signal", Observed, Never, critical: true, normalise: None, mentions: &[];
    /// [`super::Assessment`]. Critical: it can add what a `forbid` reads, and lower a value that a `permit` requires.
    Assessment = "assessment", Observed, Never, critical: true, normalise: None, mentions: &[];
    /// [`super::ThreatList`]
    ThreatList = "threat-list", Administered, Tables, critical: true,
        normalise: Some(normal::<ThreatList>), mentions: &[];
    /// [`super::ThreatFeed`]. Not critical: what it named is in assessments.
    ThreatFeed = "threat-feed", Administered, Tables, critical: false,
        normalise: Some(normal_threat_feed), mentions: &[];
    /// [`super::NameList`]. Not critical: who does not know lists answers no question about names.
    NameList = "name-list", Administered, Tables, critical: false,
        normalise: Some(normal_name_list), mentions: &[names("/resource", Named::Document(Kind::Resource))];
    /// [`super::ResolverToken`]. It is made and revoked by acts of its own, and never applied. Not critical: who does not know tokens
    /// accepts none.
    ResolverToken = "resolver-token", Administered, Never, critical: false,
        normalise: Some(normal::<ResolverToken>), mentions: &[names("/user", Named::Document(Kind::User))];
    /// [`super::Label`]. Not critical: what decisions read of it is an assessment.
    Label = "label", Administered, Tables, critical: false,
        normalise: Some(normal_label), mentions: &[
            names("/parent", Named::Document(Kind::Label)),
            names("/owner", Named::Document(Kind::User)),
            names("/resources", Named::Document(Kind::Resource)),
        ];
    /// The newest scan of one source of a resource: a document of the crate `classification`.
    DataScan = "data-scan", Observed, Never, critical: false, normalise: None, mentions: &[];
    /// [`super::Playbook`]. Not critical: no decision reads it.
    Playbook = "playbook", Administered, Tables, critical: false,
        normalise: Some(normal_playbook), mentions: &[
            names("/never", Named::Document(Kind::User)),
            names("/never_groups", Named::Document(Kind::Group)),
            names("/never_devices", Named::Document(Kind::Device)),
        ];
    /// What a playbook did or proposes: a document of the crate `response`. Not critical: what decisions read of it are other documents.
    Response = "response", Observed, Never, critical: false, normalise: None, mentions: &[];
    /// [`super::VulnerabilitySource`]. Not critical: what follows from it is in assessments.
    VulnerabilitySource = "vulnerability-source", Administered, Tables, critical: false,
        normalise: Some(normal_vulnerability_source), mentions: &[];
    /// What an application is made of, by resource: a document of the crate `vulnerabilities`.
    SoftwareInventory = "software-inventory", Observed, Never, critical: false, normalise: None, mentions: &[];
    /// What was found of the software of a device or a resource: a document of the crate `vulnerabilities`.
    VulnerabilityReport = "vulnerability-report", Observed, Never, critical: false, normalise: None, mentions: &[];
    /// [`super::Settings`], the one document `settings`.
    Settings = "settings", Administered, Table, critical: true,
        normalise: Some(normal::<Settings>), mentions: &[];
    /// [`super::ApiToken`]. It is made and revoked by acts of its own, and never applied. Not critical: who does not know tokens accepts
    /// none.
    ApiToken = "api-token", Administered, Never, critical: false,
        normalise: Some(normal_api_token), mentions: &[
            names("/owner", Named::Document(Kind::User)),
            names("/roles", Named::Document(Kind::Group)),
        ];
    /// [`super::ApiTokenUse`], by token.
    ApiTokenUse = "api-token-use", Observed, Never, critical: false, normalise: None, mentions: &[];
    /// [`super::Workload`]. Not critical: who does not know workloads lets none in.
    Workload = "workload", Administered, Tables, critical: false,
        normalise: Some(normal_workload), mentions: &[
            names("/owner", Named::Document(Kind::User)),
            names("/groups", Named::Document(Kind::Group)),
        ];
    /// A credential of a workload, by session: a document of the crate `policy-information`. Not critical: who does not know credentials accepts none.
    WorkloadCredential = "workload-credential", Observed, Never, critical: false, normalise: None, mentions: &[];
    /// [`super::IdentityProvider`]. Not critical: who does not know providers signs nobody in with them.
    IdentityProvider = "identity-provider", Administered, Tables, critical: false,
        normalise: Some(normal_identity_provider), mentions: &[names("/groups", Named::Document(Kind::Group))];
    /// [`super::DirectoryEntry`], by kind and name: `user/alice`. Not critical: no decision reads it.
    DirectoryEntry = "directory-entry", Observed, Never, critical: false, normalise: None, mentions: &[];
    /// A sealed credential of a user. Opaque to everything but identity.
    Credential = "credential", Sealed, Never, critical: false, normalise: None, mentions: &[];
    /// A one-time document: consumed by one compare-and-delete.
    OneTime = "one-time", OneTime, Never, critical: false, normalise: None, mentions: &[];
    /// A sealed key of the platform itself.
    Key = "key", Sealed, Never, critical: false, normalise: None, mentions: &[];
    /// [`super::Newer`], for tests of two versions on one store: other versions skip it.
    [cfg(feature = "newer-version")] NewerNote = "newer-note", Administered, Tables, critical: false,
        normalise: Some(normal::<super::Newer>), mentions: &[];
    /// [`super::Newer`], for tests of two versions on one store: other versions deny while there is one.
    [cfg(feature = "newer-version")] NewerRule = "newer-rule", Administered, Tables, critical: true,
        normalise: Some(normal::<super::Newer>), mentions: &[];
}

impl Kind {
    /// The kind's stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.spec().name
    }

    /// The kind with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether administrators write documents of this kind. Every write is an act in the ledger, and past revisions are kept.
    #[must_use]
    pub const fn is_administered(self) -> bool {
        matches!(self.spec().class, Class::Administered)
    }

    /// Whether administrators apply documents of this kind. Others, such as tokens, are made by acts of their own.
    #[must_use]
    pub const fn is_applied(self) -> bool {
        self.is_administered() && !matches!(self.spec().written, Written::Never)
    }

    /// Whether the platform observed the documents of this kind: they keep no history and are never pruned.
    #[must_use]
    pub const fn is_observed(self) -> bool {
        matches!(self.spec().class, Class::Observed)
    }

    /// Whether the store seals the bodies of this kind as a whole and does not put them into the change feed.
    #[must_use]
    pub const fn is_sealed(self) -> bool {
        matches!(self.spec().class, Class::Sealed | Class::OneTime)
    }

    /// Whether people may list documents of this kind and read their bodies.
    #[must_use]
    pub const fn is_shown(self) -> bool {
        !self.is_sealed()
    }

    /// Whether the store keeps the past revisions of documents of this kind.
    #[must_use]
    pub const fn keeps_history(self) -> bool {
        self.is_administered()
    }

    /// Whether a process that does not know this kind must not decide while documents of it are stored.
    #[must_use]
    pub const fn is_critical(self) -> bool {
        self.spec().is_critical
    }

    /// The normal form of a body of this kind: every default written out, no unknown field.
    ///
    /// # Errors
    /// What is wrong with the body, or that administrators do not write this kind.
    pub fn normalise(self, body: &Value) -> Result<Value, String> {
        match self.spec().normalise {
            Some(normalise) => normalise(body),
            None => Err("documents of this kind are made by Sekisho itself".to_owned()),
        }
    }

    /// What documents of this kind name.
    #[must_use]
    pub const fn mentions(self) -> &'static [Mention] {
        self.spec().mentions
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_kind_and_is_its_stored_form() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
            assert_eq!(serde_json::to_value(kind).expect("a text"), kind.name());
        }
        assert_eq!(Kind::from_name("from-a-newer-version"), None);
    }

    #[test]
    fn a_class_says_what_may_be_written_and_what_is_kept() {
        for kind in Kind::ALL {
            let spec = kind.spec();
            assert_eq!(kind.is_administered(), spec.normalise.is_some(), "{kind}");
            // Tokens and requests are administered by acts of their own.
            let by_own_acts = matches!(kind, Kind::ApiToken | Kind::GrantRequest | Kind::ResolverToken);
            let is_written = kind.is_administered() && !by_own_acts;
            assert_eq!(is_written, spec.written != Written::Never, "{kind}");
            assert_eq!(is_written, kind.is_applied(), "{kind}");
            assert!(!(kind.is_sealed() && spec.is_critical), "no feed carries {kind}, so no process can miss it");
            assert!(!(kind.is_observed() && kind.keeps_history()), "{kind}");
        }
    }
}
