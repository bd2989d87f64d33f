//! A request as pages show it.

use sekisho_model::Timestamp;
use sekisho_model::documents::{GrantRequest, GrantRequestState as State};
use sekisho_web::{RequestContext, access};

/// A request as pages show it.
pub(crate) struct Shown {
    pub(crate) request: GrantRequest,
    pub(crate) resource: String,
    pub(crate) how_long: String,
    pub(crate) standing: Standing,
    /// Who answered it.
    pub(crate) by: Option<String>,
    /// When the grant ends.
    pub(crate) until: Option<Timestamp>,
    /// Why it was refused.
    pub(crate) why: Option<String>,
}

/// How a request stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Open,
    Lapsed,
    Live,
    Ended,
    Refused,
    Withdrawn,
}

impl Standing {
    pub(crate) fn of(request: &GrantRequest, now: Timestamp) -> Self {
        match &request.state {
            State::Open if request.is_open(now) => Self::Open,
            State::Open => Self::Lapsed,
            State::Approved { until, .. } if now < *until => Self::Live,
            State::Approved { .. } => Self::Ended,
            State::Refused { .. } => Self::Refused,
            State::Withdrawn { .. } => Self::Withdrawn,
        }
    }

    /// Its name in addresses and in the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Lapsed => "lapsed",
            Self::Live => "live",
            Self::Ended => "ended",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The key of its name.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Open => "requests-state-open",
            Self::Lapsed => "requests-state-lapsed",
            Self::Live => "requests-state-live",
            Self::Ended => "requests-state-ended",
            Self::Refused => "requests-state-refused",
            Self::Withdrawn => "requests-state-withdrawn",
        }
    }

    /// The style class of its tag.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Open => "ask",
            Self::Live => "pass",
            Self::Refused => "stop",
            Self::Lapsed | Self::Ended | Self::Withdrawn => "off",
        }
    }
}

impl Shown {
    pub(crate) fn of<S>(context: &RequestContext<S>, request: GrantRequest) -> Self {
        let resource = access::resource(context, request.resource.as_str());
        let name = resource.map(|resource| resource.name.in_language(context.language).to_owned());
        let (by, until, why) = match &request.state {
            State::Approved { by, until, .. } => (Some(by.to_string()), Some(*until), None),
            State::Refused { by, why, .. } => (Some(by.to_string()), None, Some(why.clone())),
            State::Open | State::Withdrawn { .. } => (None, None, None),
        };
        Self {
            resource: name.unwrap_or_else(|| request.resource.to_string()),
            how_long: how_long(context, request.seconds),
            standing: Standing::of(&request, context.now),
            by,
            until,
            why,
            request,
        }
    }

    /// Whether the person who asked may still end it.
    pub(crate) fn can_end(&self) -> bool {
        matches!(self.standing, Standing::Open | Standing::Live)
    }
}

/// A duration in its largest whole unit.
pub(crate) fn how_long<S>(context: &RequestContext<S>, seconds: u32) -> String {
    let (key, count) = match seconds {
        seconds if seconds % 3600 == 0 => ("requests-hours", seconds / 3600),
        seconds if seconds % 60 == 0 => ("requests-minutes", seconds / 60),
        seconds => ("requests-seconds", seconds),
    };
    context.site.contents.texts.say_all(context.language, key, &[("count", count.to_string())])
}
