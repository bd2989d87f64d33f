//! Whatever happens, no stream stays open that a fresh decision would not permit, and none is cut that it would.

use proptest::prelude::*;
use sekisho_model::documents::Kind;
use sekisho_policy_administrator::{Cut, StreamKey};
use sekisho_policy_engine::Permit;
use serde_json::Value;

use crate::place::{
    Asked, POLICIES, Place, at, device, grant, group, owner, policies, posture, resource, session, session_id, signal,
    threat, user,
};

const USERS: [&str; 2] = ["alice", "bob"];
const DEVICES: [&str; 2] = ["d1", "d2"];
const RESOURCES: [&str; 4] = ["wiki", "payroll", "ledger", "notes"];
const ADDRESSES: [&str; 2] = ["192.0.2.1", "192.0.2.2"];

#[derive(Debug, Clone)]
enum Event {
    Change([u8; 4]),
    /// A change of which the worker hears only with the next one.
    Unheard([u8; 4]),
    Wait(i64),
    Open(Asked),
    /// The decision is made, then the World changes, then it is opened.
    OpenLate(Asked, [u8; 4]),
    Close(usize),
}

fn asked() -> impl Strategy<Value = Asked> {
    (1_u8..4, 0_usize..5, 0_usize..4, 0_usize..2).prop_map(|(session, device, resource, address)| Asked {
        session,
        certificate: DEVICES.get(device).copied(),
        resource: RESOURCES[resource],
        address: ADDRESSES[address],
    })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => any::<[u8; 4]>().prop_map(Event::Change),
        1 => any::<[u8; 4]>().prop_map(Event::Unheard),
        2 => (1_i64..240).prop_map(Event::Wait),
        4 => asked().prop_map(Event::Open),
        1 => (asked(), any::<[u8; 4]>()).prop_map(|(asked, dice)| Event::OpenLate(asked, dice)),
        1 => any::<usize>().prop_map(Event::Close),
    ]
}

/// A change out of the small organisation; mostly one after which something is still permitted.
fn document(dice: [u8; 4], now: i64) -> (Kind, String, Option<Value>) {
    let [what, a, b, c] = dice;
    let pick = |names: &[&'static str], by: u8| names[usize::from(by) % names.len()];
    let user_id = pick(&USERS, a);
    let (kind, id, body) =
        match what % 13 {
            0 => user(
                user_id,
                &[pick(&["finance", "staff", "finance", "other"], b)],
                pick(&["active", "active", "disabled"], c),
            ),
            1 | 2 => session(
                a % 3 + 1,
                user_id,
                [None, Some("d1"), Some("d2"), Some("d1")][usize::from(b) % 4],
                now - i64::from(c),
            ),
            3 => device(pick(&DEVICES, a), pick(&["active", "active", "revoked"], b), 1 + u8::from(c % 5 == 0)),
            4..=6 => posture(pick(&DEVICES, a), now - i64::from(b), if c % 3 == 0 { &["disk"] } else { &[] }),
            7 => resource(pick(&RESOURCES, a)),
            8 => grant(user_id, now - 20 + i64::from(b)),
            9 => signal(user_id, 30 + a % 70, now - 20 + i64::from(b)),
            10 => threat(pick(&ADDRESSES, a), 1 + b % 100),
            11 => group("finance", &[pick(&["staff", "staff", "finance", "other"], a)]),
            _ => match a % 3 {
                0 => owner(pick(&["finance", "finance", "closed", "sales"], b)),
                14 => policies(POLICIES),
                _ => policies(&POLICIES.replace(
                    pick(&["\"staff\"", "15m", "threat > 60"], b),
                    pick(&["\"finance\"", "1m", "threat > 5"], b),
                )),
            },
        };
    if c % 16 == 15 && kind != Kind::Policy { (kind, id, None) } else { (kind, id, body) }
}

fn check(place: &mut Place, cuts: &[Cut<Asked>]) -> Result<(), TestCaseError> {
    for cut in cuts {
        // A session of somebody else is not the one that the stream belongs to.
        let same_subject = place.world.session(&cut.record.session);
        let same_subject = same_subject.is_some_and(|facts| place.world.id(facts.subject) == cut.record.subject);
        prop_assert!(!same_subject || !place.is_permitted(cut.tag), "cut though permitted: {:?}", cut);
        prop_assert!(!cut.reason.code.is_empty() && !cut.reason.text.en.is_empty());
    }
    let open: Vec<(StreamKey, Asked)> = place.streams.iter().map(|(key, _, asked)| (key, *asked)).collect();
    for (_, asked) in open {
        prop_assert!(place.is_permitted(asked), "open though not permitted at {}: {:?}", place.now, asked);
    }
    Ok(())
}

fn permit(place: &mut Place, asked: Asked) -> Option<(Permit, sekisho_model::Timestamp)> {
    let decision = place.decide(asked)?;
    let valid_until = decision.valid_until();
    Some((decision.into_permit().ok()?, valid_until))
}

fn run(place: &mut Place, event: Event) -> Result<(), TestCaseError> {
    let now = place.now.as_seconds();
    let cuts = match event {
        Event::Change(dice) => place.change(document(dice, now)),
        Event::Unheard(dice) => {
            place.fold(document(dice, now));
            place.publish();
            return Ok(());
        }
        Event::Wait(seconds) => place.wait_until(now + seconds),
        Event::Open(asked) => {
            place.open(asked);
            place.streams.reassess(&place.world, place.now)
        }
        Event::OpenLate(asked, dice) => {
            let permit = permit(place, asked);
            let cuts = place.change(document(dice, now));
            if let Some((permit, valid_until)) = permit {
                let _ = place.streams.open(
                    &permit,
                    valid_until,
                    asked.presented().as_ref(),
                    &place.world,
                    place.now,
                    asked,
                );
            }
            cuts
        }
        Event::Close(n) => {
            let open: Vec<StreamKey> = place.streams.iter().map(|(key, ..)| key).collect();
            if let Some(key) = open.get(n % open.len().max(1)) {
                prop_assert!(place.streams.close(*key).is_some());
            }
            place.streams.reassess(&place.world, place.now)
        }
    };
    check(place, &cuts)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn i10_what_is_open_is_what_a_fresh_decision_permits(
        opened in proptest::collection::vec(asked(), 0..12), events in proptest::collection::vec(event(), 1..60)
    ) {
        let mut place = Place::new();
        for asked in opened {
            place.open(asked);
        }
        for event in events {
            run(&mut place, event)?;
        }
        // What is left can all be ended, and nothing remains in the registry.
        for n in 1..=3 {
            place.change((Kind::Session, session_id(n).to_string(), None));
        }
        prop_assert!(place.streams.is_empty());
        prop_assert!(place.wait_until(at(1_000_000).as_seconds()).is_empty());
    }
}
