//! What tests of this crate start from.

use sekisho_model::facts::IpPrefix;
use sekisho_model::{MethodSet, Timestamp};

use crate::situation::{Network, Posture, Session, Situation};

/// An ordinary situation: nothing known beyond what must be.
pub(crate) fn situation() -> Situation<'static> {
    Situation {
        now: Timestamp::from_millis(0),
        utc_offset_minutes: 0,
        network: Network {
            ip: IpPrefix::host(std::net::Ipv4Addr::LOCALHOST.into()),
            zone: None,
            country: None,
            asn: None,
            threat: 0,
        },
        session: Session {
            established_at: Timestamp::from_millis(0),
            authenticated_at: Timestamp::from_millis(0),
            methods: MethodSet::EMPTY,
            device_bound: false,
        },
        device: None,
        posture: Posture::Stale,
        grant: None,
        risk: 0,
        risk_changes_at: None,
        http: None,
    }
}
