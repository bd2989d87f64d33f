//! What tests of this crate start from.

use std::sync::LazyLock;

use sekisho_model::{MethodSet, NetworkFacts, Timestamp};

use crate::situation::{Network, Posture, Session, Situation};

static LOCALHOST: LazyLock<NetworkFacts> = LazyLock::new(|| NetworkFacts::new(std::net::Ipv4Addr::LOCALHOST.into()));

/// An ordinary situation: nothing known beyond what must be.
pub(crate) fn situation() -> Situation<'static> {
    Situation {
        now: Timestamp::from_millis(0),
        utc_offset_minutes: 0,
        offset_changes_at: None,
        network: Network::of(&LOCALHOST),
        session: Session {
            established_at: Timestamp::from_millis(0),
            authenticated_at: Timestamp::from_millis(0),
            methods: MethodSet::EMPTY,
            assurance_limit: None,
            device_bound: false,
        },
        device: None,
        posture: Posture::Stale,
        grant: None,
        risk: 0,
        risk_changes_at: None,
        http: None,
        operation: None,
    }
}
