//! The classes of OCSF 1.8 that events have.

/// A class of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A weakness in software that was found.
    VulnerabilityFinding,
    /// A device that meets its checks, or does not.
    ComplianceFinding,
    /// Something suspicious that was seen.
    DetectionFinding,
    /// Data that was found where it must not be.
    DataSecurityFinding,
    /// Sign-in and sign-out.
    Authentication,
    /// Privileges that were given for a session or a time.
    AuthorizeSession,
    /// Something that was made, changed or removed.
    EntityManagement,
    /// A connection that was opened, refused or cut.
    NetworkActivity,
    /// A request that was decided.
    HttpActivity,
    /// A question about a name that was decided.
    DnsActivity,
    /// A request that a decision covers.
    WebResourcesActivity,
    /// An act on the platform itself.
    ApiActivity,
}

impl Class {
    /// Every class, in the order of their numbers.
    pub const ALL: [Self; 12] = [
        Self::VulnerabilityFinding,
        Self::ComplianceFinding,
        Self::DetectionFinding,
        Self::DataSecurityFinding,
        Self::Authentication,
        Self::AuthorizeSession,
        Self::EntityManagement,
        Self::NetworkActivity,
        Self::HttpActivity,
        Self::DnsActivity,
        Self::WebResourcesActivity,
        Self::ApiActivity,
    ];

    /// Its number in OCSF.
    #[must_use]
    pub const fn uid(self) -> u32 {
        match self {
            Self::VulnerabilityFinding => 2002,
            Self::ComplianceFinding => 2003,
            Self::DetectionFinding => 2004,
            Self::DataSecurityFinding => 2006,
            Self::Authentication => 3002,
            Self::AuthorizeSession => 3003,
            Self::EntityManagement => 3004,
            Self::NetworkActivity => 4001,
            Self::HttpActivity => 4002,
            Self::DnsActivity => 4003,
            Self::WebResourcesActivity => 6001,
            Self::ApiActivity => 6003,
        }
    }

    /// The class with this number.
    #[must_use]
    pub fn of_uid(uid: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.uid() == uid)
    }

    /// Its name in OCSF.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VulnerabilityFinding => "Vulnerability Finding",
            Self::ComplianceFinding => "Compliance Finding",
            Self::DetectionFinding => "Detection Finding",
            Self::DataSecurityFinding => "Data Security Finding",
            Self::Authentication => "Authentication",
            Self::AuthorizeSession => "Authorize Session",
            Self::EntityManagement => "Entity Management",
            Self::NetworkActivity => "Network Activity",
            Self::HttpActivity => "HTTP Activity",
            Self::DnsActivity => "DNS Activity",
            Self::WebResourcesActivity => "Web Resources Activity",
            Self::ApiActivity => "API Activity",
        }
    }

    /// The key of its name on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::VulnerabilityFinding => "event-class-2002",
            Self::ComplianceFinding => "event-class-2003",
            Self::DetectionFinding => "event-class-2004",
            Self::DataSecurityFinding => "event-class-2006",
            Self::Authentication => "event-class-3002",
            Self::AuthorizeSession => "event-class-3003",
            Self::EntityManagement => "event-class-3004",
            Self::NetworkActivity => "event-class-4001",
            Self::HttpActivity => "event-class-4002",
            Self::DnsActivity => "event-class-4003",
            Self::WebResourcesActivity => "event-class-6001",
            Self::ApiActivity => "event-class-6003",
        }
    }
}
