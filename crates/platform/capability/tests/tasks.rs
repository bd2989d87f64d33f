//! Tasks run in turns, one process at a time where they are leased, and say how they stand.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sekisho_capability::{LEASE_LIFE, Leases, Scope, TaskSpec, Tasks};
use sekisho_testbed::{Organisation, TemporaryServices};
use tokio::sync::Notify;

async fn services() -> TemporaryServices {
    TemporaryServices::new(Organisation::empty()).await
}

/// The leases of a process with that name.
fn leases(here: &TemporaryServices, holder: &str) -> Leases {
    let services = &here.services;
    Leases::new(services.store.clone(), services.changes.clone(), services.clock.clone(), holder)
}

fn tasks(here: &TemporaryServices, holder: &str) -> Tasks {
    Tasks::new(leases(here, holder), here.services.clock.clone())
}

/// What the tasks of these tests work on.
#[derive(Clone, Default)]
struct State {
    turns: Arc<AtomicUsize>,
    turned: Arc<Notify>,
    wake: Arc<Notify>,
}

impl State {
    async fn work(self) -> Result<(), String> {
        let turns = self.turns.fetch_add(1, Ordering::SeqCst) + 1;
        self.turned.notify_one();
        if turns == 1 { Err("the first turn fails".to_owned()) } else { Ok(()) }
    }
}

const HOUR: Duration = Duration::from_secs(3600);

static LOCAL: [TaskSpec<State>; 1] = [TaskSpec {
    name: "test-local",
    text: ("Test", "試験"),
    every: HOUR,
    scope: Scope::Local,
    run: |state, turns| Box::pin(turns.woken_by(state.wake.clone()).each(move || state.clone().work())),
}];

static LEASED: [TaskSpec<State>; 1] = [TaskSpec {
    name: "test-leased",
    text: ("Test", "試験"),
    every: Duration::from_millis(10),
    scope: Scope::Leased,
    run: |state, turns| Box::pin(turns.each(move || state.clone().work())),
}];

#[tokio::test]
async fn a_task_is_woken_and_says_how_it_stands() {
    let (shared, state) = (services().await, State::default());
    let mut tasks = tasks(&shared, "a");
    tasks.start(&state, &LOCAL);
    let mut list = tasks.list();
    let failed = list.wait_for(|list| list.iter().any(|task| task.failure.is_some())).await.unwrap().clone();
    let [task] = failed.as_slice() else { panic!("{failed:?}") };
    assert_eq!((task.name, task.here, task.last_success), ("test-local", true, None));
    assert_eq!(task.failure.as_ref().unwrap().why, "the first turn fails");
    state.wake.notify_one();
    let well = list.wait_for(|list| list.iter().all(|task| task.last_success.is_some())).await.unwrap().clone();
    assert_eq!(well[0].failure, None, "a later success ends the failure");
    let next = list.wait_for(|list| list.iter().all(|task| task.next > task.last_success)).await.unwrap().clone();
    assert!(next[0].next.is_some());
    tasks.stop().await;
    assert_eq!(state.turns.load(Ordering::SeqCst), 2, "nothing runs that was neither due nor woken");
}

#[tokio::test]
async fn a_leased_task_runs_in_one_process_and_moves_when_it_stops() {
    let shared = services().await;
    let (a, b) = (State::default(), State::default());
    let mut first = tasks(&shared, "a");
    first.start(&a, &LEASED);
    a.turned.notified().await;
    let mut second = tasks(&shared, "b");
    second.start(&b, &LEASED);
    let mut list = second.list();
    list.wait_for(|list| list.iter().all(|task| !task.here)).await.unwrap();
    assert_eq!(b.turns.load(Ordering::SeqCst), 0, "another process holds the lease");
    first.stop().await;
    b.turned.notified().await;
    second.stop().await;
}

#[tokio::test]
async fn a_lease_is_held_by_one_and_ends_with_its_time() {
    let shared = services().await;
    let (a, b) = (leases(&shared, "a"), leases(&shared, "b"));
    assert!(a.take("work").await.unwrap());
    assert!(!b.take("work").await.unwrap());
    assert!(a.take("work").await.unwrap(), "its holder extends it");
    assert!(b.take("other work").await.unwrap(), "another lease is free");
    b.give_back("work").await;
    assert!(!b.take("work").await.unwrap(), "only the holder gives it back");
    a.give_back("work").await;
    assert!(b.take("work").await.unwrap());
    shared.clock.pass(LEASE_LIFE);
    assert_eq!(a.held("work").await.unwrap(), None);
    assert!(a.take("work").await.unwrap(), "a lease that ended is free");
    assert_eq!(b.held("work").await.unwrap().unwrap().holder, "a");
}
