//! Every way in which a request is not forwarded, as one value. One exhaustive match in the gateway turns it into a response.

use std::sync::Arc;

use http::StatusCode;
use sekisho_api_schema::Violation;
use sekisho_model::documents::Resource;
use sekisho_policy_engine::Reason;

use crate::{Application, BrokenAnswer, Explanation, Malformed, ReasonView};

/// Declares the refusals, and beside them their names: one variant for each, without what it carries.
macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident $(($($carried:ty),*))?;)*) => {
        /// Why a request was not forwarded. A value, never an error: refusing is what this part of the system is for.
        #[derive(Debug, Clone)]
        pub enum Refusal { $($(#[$doc])* $name $(($($carried),*))?,)* }

        /// The stable name of a refusal, for pages, problem documents and metrics.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum RefusalKind { $($(#[$doc])* $name,)* }

        impl Refusal {
            /// Its stable name.
            #[must_use]
            pub const fn kind(&self) -> RefusalKind {
                match self { $(Self::$name { .. } => RefusalKind::$name,)* }
            }
        }
    };
}

refusals! {
    /// The bytes can be read in two ways, or in none.
    Malformed(Malformed);
    /// The host is not the one that the TLS handshake was made for.
    Misdirected;
    /// No resource and no service of ours has this host.
    UnknownHost;
    /// The resource is not reached by web requests: it has no upstream.
    NotServed(Arc<Resource>);
    /// Nobody is signed in, as far as this host can tell.
    SignInRequired(Arc<Resource>);
    /// Stronger or fresher authentication would permit.
    Challenged(Arc<Resource>, Explanation);
    /// Policy denies.
    Denied(Arc<Resource>, Explanation);
    /// The decision could not be recorded, so it was not carried out.
    NotRecorded;
    /// Two evaluators disagreed about this decision, so neither is trusted with it.
    Disputed;
    /// The snapshot that decisions read is older than its lease.
    WorldExpired;
    /// The hand-over from the portal was not one that this browser asked for, or was used already. The text is the path that it led to.
    HandoffFailed(Arc<Resource>, String);
    /// The upstream could not be reached.
    UpstreamUnreachable(Arc<Resource>);
    /// The upstream has as many exchanges as it may have.
    UpstreamBusy(Arc<Resource>);
    /// The session has as many exchanges and tunnels as it may have.
    TooManyExchanges(Arc<Resource>);
    /// The gateway holds as many connections to upstreams as it may hold.
    Exhausted(Arc<Resource>);
    /// The upstream did not answer in time.
    UpstreamTimedOut(Arc<Resource>);
    /// The upstream broke off, or answered something that can be read in two ways: this one, where it is known.
    UpstreamBroken(Arc<Resource>, Option<BrokenAnswer>);
    /// A WebSocket to an application that is reached over HTTP/2: they are passed on over HTTP/1.1.
    UpstreamWithoutWebSockets(Arc<Resource>);
    /// It is permitted, and not what the API document of the resource describes.
    NotAsDescribed(Arc<Resource>, Violation);
    /// Whoever asks for a decision has not proven to be an enforcement point.
    CallerUnknown;
    /// The enforcement point asks for something that is not assigned to it.
    NotAssigned;
    /// The client sent its head or body too slowly.
    TooSlow;
    /// A path under `/.sekisho/` that does not exist.
    NoSuchPage;
    /// The path under `/.sekisho/` has another method.
    MethodNotAllowed;
    /// Strangers hold so many connections that who shows no live session has to wait.
    Crowded;
    /// Policy denies, as it denied this session too often lately for each denial to be recorded by itself.
    TooManyDenials(Arc<Resource>);
}

impl Refusal {
    /// The refusal that stands for an exchange that was cut before its answer.
    #[must_use]
    pub fn cut_off(application: &Application, reason: Reason) -> Self {
        let reasons = vec![ReasonView { code: reason.code, text: reason.text }];
        Self::Denied(application.resource.clone(), Explanation { reasons, ..Explanation::default() })
    }

    /// The status of the response, for a program; a person's navigation may be redirected instead.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(rule) => rule.status(),
            Self::NotAsDescribed(_, violation) => violation.kind.status(),
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::UnknownHost | Self::NotServed(_) | Self::NoSuchPage => StatusCode::NOT_FOUND,
            Self::SignInRequired(_) | Self::Challenged(..) | Self::CallerUnknown => StatusCode::UNAUTHORIZED,
            Self::Denied(..) | Self::HandoffFailed(..) | Self::Disputed | Self::NotAssigned => StatusCode::FORBIDDEN,
            Self::NotRecorded | Self::WorldExpired | Self::Crowded | Self::UpstreamBusy(_) | Self::Exhausted(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::TooManyDenials(_) | Self::TooManyExchanges(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::UpstreamUnreachable(_) | Self::UpstreamBroken(..) | Self::UpstreamWithoutWebSockets(_) => {
                StatusCode::BAD_GATEWAY
            }
            Self::UpstreamTimedOut(_) => StatusCode::GATEWAY_TIMEOUT,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// The resource that was asked for, once that much was known.
    #[must_use]
    pub const fn resource(&self) -> Option<&Arc<Resource>> {
        match self {
            Self::NotServed(resource)
            | Self::SignInRequired(resource)
            | Self::Challenged(resource, _)
            | Self::Denied(resource, _)
            | Self::HandoffFailed(resource, _)
            | Self::TooManyDenials(resource)
            | Self::UpstreamUnreachable(resource)
            | Self::UpstreamBusy(resource)
            | Self::TooManyExchanges(resource)
            | Self::Exhausted(resource)
            | Self::UpstreamTimedOut(resource)
            | Self::UpstreamBroken(resource, _)
            | Self::UpstreamWithoutWebSockets(resource)
            | Self::NotAsDescribed(resource, _) => Some(resource),
            Self::Malformed(_)
            | Self::Misdirected
            | Self::UnknownHost
            | Self::NotRecorded
            | Self::Disputed
            | Self::WorldExpired
            | Self::CallerUnknown
            | Self::NotAssigned
            | Self::TooSlow
            | Self::NoSuchPage
            | Self::MethodNotAllowed
            | Self::Crowded => None,
        }
    }

    /// What the log says of it: the rule that an answer or a request broke, or else the name of the refusal.
    #[must_use]
    pub const fn reason_code(&self) -> &'static str {
        match self {
            Self::UpstreamBroken(_, Some(broken)) => broken.code(),
            Self::NotAsDescribed(_, violation) => violation.kind.code(),
            _ => self.kind().code(),
        }
    }

    /// What the policy engine said, where it was asked.
    #[must_use]
    pub const fn explanation(&self) -> Option<&Explanation> {
        match self {
            Self::Challenged(_, explanation) | Self::Denied(_, explanation) => Some(explanation),
            _ => None,
        }
    }

    /// Whether the connection's state can no longer be trusted, so that it must end with the response.
    #[must_use]
    pub const fn ends_connection(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::Misdirected | Self::TooSlow | Self::Crowded)
    }

    /// Whether there was too much at once, so that the same may be tried again in a few seconds.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Crowded | Self::TooManyDenials(_) | Self::TooManyExchanges(_) | Self::Exhausted(_))
    }

    /// Whether a decision was made and recorded, or could not be, before the request was refused. What was refused without one
    /// is recorded added up.
    #[must_use]
    pub const fn follows_a_decision(&self) -> bool {
        match self {
            Self::Challenged(..)
            | Self::Denied(..)
            | Self::NotRecorded
            | Self::Disputed
            | Self::UpstreamUnreachable(_)
            | Self::UpstreamBusy(_)
            | Self::TooManyExchanges(_)
            | Self::Exhausted(_)
            | Self::UpstreamTimedOut(_)
            | Self::UpstreamBroken(..)
            | Self::UpstreamWithoutWebSockets(_)
            | Self::NotAsDescribed(..) => true,
            Self::Malformed(_)
            | Self::Misdirected
            | Self::UnknownHost
            | Self::NotServed(_)
            | Self::SignInRequired(_)
            | Self::WorldExpired
            | Self::HandoffFailed(..)
            | Self::CallerUnknown
            | Self::NotAssigned
            | Self::TooSlow
            | Self::NoSuchPage
            | Self::MethodNotAllowed
            | Self::Crowded
            | Self::TooManyDenials(_) => false,
        }
    }
}

impl RefusalKind {
    /// The name in problem documents (`type` ends in it), logs and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed-request",
            Self::Misdirected => "misdirected-request",
            Self::UnknownHost => "unknown-host",
            Self::NotServed => "resource-not-served",
            Self::SignInRequired => "sign-in-required",
            Self::Challenged => "stronger-sign-in-required",
            Self::Denied => "access-denied",
            Self::NotRecorded => "decision-not-recorded",
            Self::Disputed => "decision-disputed",
            Self::WorldExpired => "policy-snapshot-expired",
            Self::HandoffFailed => "sign-in-not-completed",
            Self::UpstreamUnreachable => "application-unreachable",
            Self::UpstreamBusy => "application-busy",
            Self::TooManyExchanges => "too-many-exchanges",
            Self::Exhausted => "gateway-exhausted",
            Self::UpstreamTimedOut => "application-timed-out",
            Self::UpstreamBroken => "application-failed",
            Self::UpstreamWithoutWebSockets => "application-without-websockets",
            Self::NotAsDescribed => "not-as-described",
            Self::CallerUnknown => "enforcement-point-unknown",
            Self::NotAssigned => "resource-not-assigned",
            Self::TooSlow => "request-too-slow",
            Self::NoSuchPage => "no-such-page",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Crowded => "crowded",
            Self::TooManyDenials => "too-many-denials",
        }
    }
}
