//! The task of sessions ends those that are idle for too long or have reached their end, and no other.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use sekisho_capability::{Capability, Changes, Clock, Entropy, Leases, Services, Tasks};
use sekisho_control_plane::capabilities::sessions::{Sessions, capability};
use sekisho_control_plane::now;
use sekisho_ledger::Filter;
use sekisho_model::documents::{Kind, Session};
use sekisho_model::{Method, MethodSet, Record, SessionId, Span, Timestamp};
use sekisho_store::{Expected, Write};

use sekisho_testbed::Installation;

const CAPABILITY: Capability<State> = capability();

#[derive(Clone)]
struct State {
    services: Services,
    sessions: Sessions,
}

impl AsRef<Services> for State {
    fn as_ref(&self) -> &Services {
        &self.services
    }
}

impl AsRef<Sessions> for State {
    fn as_ref(&self) -> &Sessions {
        &self.sessions
    }
}

fn session(number: u8, minutes: i64) -> Session {
    Session {
        id: SessionId::from_bytes([number; 16]),
        user: "alice".parse().unwrap(),
        established_at: now(),
        authenticated_at: now(),
        expires_at: now().plus(Span::from_minutes(minutes)),
        methods: MethodSet::EMPTY.with(Method::Password),
        rotation: 0,
        renewals: sekisho_model::documents::Renewals::default(),
        other: Default::default(),
        device: None,
        device_key: None,
        address: "192.0.2.1".to_owned(),
        user_agent: String::new(),
    }
}

#[tokio::test]
async fn an_idle_and_an_expired_session_end_and_a_used_one_goes_on() {
    let here = Installation::new().await;
    let (store, ledger) = (here.control_plane.store.clone(), here.control_plane.ledger.clone());
    let (day, later) = (Span::from_minutes(24 * 60), Arc::new(AtomicI64::new(0)));
    let [used, idle, expired] = [(1, 48 * 60), (2, 48 * 60), (3, 10)].map(|(number, lasts)| session(number, lasts));
    let writes = [&used, &idle, &expired].map(|session| {
        let body = serde_json::to_value(session).unwrap();
        Write::Put { kind: Kind::Session, id: session.id.to_string(), expected: Expected::New, body }
    });
    store.commit(writes.to_vec(), "test", now()).await.unwrap();
    let mut world = here.control_plane.publication.world.clone();
    world.wait_for(|world| world.session(&expired.id).is_some()).await.unwrap();

    let moved = later.clone();
    let clock = Clock::new(move || now().plus(Span::from_millis(moved.load(Ordering::SeqCst))));
    let changes = Changes::new(store.clone(), ledger.clone());
    let leases = Leases::new(store.clone(), changes.clone(), clock.clone(), "test");
    let entropy = Entropy::system();
    let services = Services { store, changes, ledger, world: world.clone(), clock: clock.clone(), entropy, leases };
    let state = State { sessions: Sessions::new(here.control_plane.identity.clone()), services };
    let mut tasks = Tasks::new(state.services.leases.clone(), clock);
    tasks.start(&state, CAPABILITY.tasks);
    let mut list = tasks.list();
    list.wait_for(|list| list.iter().all(|task| task.last_success.is_some())).await.unwrap();
    let all =
        |world: &sekisho_policy_information::World| [&used, &idle, &expired].map(|s| world.session(&s.id).is_some());
    assert_eq!(all(&world.borrow()), [true; 3], "none ends before its time");

    // Told before the time has come, so that the task knows it when it looks for idle sessions.
    let at: Timestamp = now().plus(day);
    state.sessions.activity().send(vec![(used.id, at)]).await.unwrap();
    later.store(day.as_millis(), Ordering::SeqCst);
    world.wait_for(|world| all(world) == [true, false, false]).await.unwrap();
    // The end of a session is recorded after it; the task stops after the turn that does so.
    tasks.stop().await;
    let records = state.services.ledger.recent(1000, Filter::default()).await;
    let ended = records.iter().filter(|(_, record)| matches!(record, Record::Act(act) if act.act == "session-ended"));
    assert_eq!(ended.count(), 2);
}
