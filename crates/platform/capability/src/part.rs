//! The parts of the platform that policies speak about: each is a resource of the category `platform`.

use sekisho_model::documents::Kind;

/// The identifier of the resource that stands for the console in policies.
pub const CONSOLE: &str = "sekisho-console";

/// The category that every part is in: `Sekisho::Category::"platform"`.
pub const PLATFORM_CATEGORY: &str = "platform";

/// A part of the platform that somebody may look at or change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// People, their groups and their sign-in methods.
    Users,
    /// What an identity provider provisions: accounts, and groups that give no role on the platform.
    Directory,
    /// Sessions.
    Sessions,
    /// Devices and their checks.
    Devices,
    /// Resources, API documents, grants, threat lists, threat feeds and lists of names: what is protected, and what is known of it.
    Resources,
    /// Policies.
    Policies,
    /// Enforcement points that are not ours.
    EnforcementPoints,
    /// Decisions and why they were made.
    Decisions,
    /// API tokens, tokens for the resolver, and workloads with their credentials.
    Tokens,
    /// The record, with the acts of administrators.
    Ledger,
    /// Settings, certificates and the process itself.
    Settings,
}

/// The identifiers of the platform's own resources: the console, and every part.
pub fn own_resources() -> impl Iterator<Item = &'static str> {
    std::iter::once(CONSOLE).chain(Part::ALL.into_iter().map(Part::resource))
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 11] = [
        Self::Users,
        Self::Directory,
        Self::Sessions,
        Self::Devices,
        Self::Resources,
        Self::Policies,
        Self::EnforcementPoints,
        Self::Decisions,
        Self::Tokens,
        Self::Ledger,
        Self::Settings,
    ];

    /// The identifier of its resource in policies: `Sekisho::Resource::"platform-users"`.
    #[must_use]
    pub const fn resource(self) -> &'static str {
        match self {
            Self::Users => "platform-users",
            Self::Directory => "platform-directory",
            Self::Sessions => "platform-sessions",
            Self::Devices => "platform-devices",
            Self::Resources => "platform-resources",
            Self::Policies => "platform-policies",
            Self::EnforcementPoints => "platform-enforcement-points",
            Self::Decisions => "platform-decisions",
            Self::Tokens => "platform-tokens",
            Self::Ledger => "platform-ledger",
            Self::Settings => "platform-settings",
        }
    }

    /// The categories of its resource: every part is in `platform`; what concerns people and what concerns operations is also in a
    /// category of its own, so that a role is one policy.
    #[must_use]
    pub const fn categories(self) -> &'static [&'static str] {
        match self {
            Self::Users | Self::Sessions => &[PLATFORM_CATEGORY, "platform-people"],
            Self::Resources | Self::Devices | Self::Policies | Self::Decisions => {
                &[PLATFORM_CATEGORY, "platform-operations"]
            }
            Self::Directory | Self::EnforcementPoints | Self::Tokens | Self::Ledger | Self::Settings => {
                &[PLATFORM_CATEGORY]
            }
        }
    }

    /// Its name, in English and Japanese.
    #[must_use]
    pub const fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Users => ("Users", "ユーザー"),
            Self::Directory => ("Directory", "ディレクトリ連携"),
            Self::Sessions => ("Sessions", "セッション"),
            Self::Devices => ("Devices", "端末"),
            Self::Resources => ("Resources", "リソース"),
            Self::Policies => ("Policies", "ポリシー"),
            Self::EnforcementPoints => ("Enforcement points", "ポリシー実施点"),
            Self::Decisions => ("Decisions", "判定"),
            Self::Tokens => ("API tokens", "API トークン"),
            Self::Ledger => ("Ledger", "台帳"),
            Self::Settings => ("Settings", "設定"),
        }
    }

    /// The part that documents of a kind belong to. A kind that has no part of its own belongs to the settings, which
    /// administrators alone may change.
    #[must_use]
    pub const fn of_kind(kind: Kind) -> Self {
        match kind {
            Kind::User | Kind::Group => Self::Users,
            Kind::DirectoryEntry => Self::Directory,
            Kind::Session => Self::Sessions,
            Kind::Device | Kind::Posture | Kind::Check => Self::Devices,
            Kind::ApiDocument
            | Kind::Label
            | Kind::DataScan
            | Kind::Resource
            | Kind::Grant
            | Kind::GrantRequest
            | Kind::Signal
            | Kind::ThreatList
            | Kind::ThreatFeed
            | Kind::NameList
            | Kind::VulnerabilitySource
            | Kind::SoftwareInventory
            | Kind::VulnerabilityReport => Self::Resources,
            Kind::Policy => Self::Policies,
            Kind::EnforcementPoint => Self::EnforcementPoints,
            Kind::ApiToken | Kind::ApiTokenUse | Kind::ResolverToken | Kind::Workload | Kind::WorkloadCredential => {
                Self::Tokens
            }
            _ => Self::Settings,
        }
    }
}
