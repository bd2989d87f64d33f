//! Undoing takes back what the response did, and nothing that somebody else did.

use sekisho_model::documents::UserStatus;
use sekisho_model::{Actor, Span};

use super::place::{Place, playbook, set_status, states};
use crate::failure::ResponseError;
use crate::journal::StepState::{Done, Left, Nothing, Undone};

const TRAVEL: &str = "impossible-travel";

#[tokio::test]
async fn an_account_that_was_disabled_before_or_since_by_somebody_stays_disabled() {
    let mut place = Place::new(&[playbook("lock", "automatic", &["disable-account"])]).await;
    place.turn().await;
    let store = place.here.services.store.clone();
    set_status(&store, "bob", UserStatus::Disabled, "user:admin", place.now()).await;
    for person in ["alice", "bob", "carol"] {
        place.signal(TRAVEL, person).await;
    }
    place.turn().await;
    // An administrator enables carol's account and disables it again.
    set_status(&store, "carol", UserStatus::Active, "user:admin", place.now()).await;
    set_status(&store, "carol", UserStatus::Disabled, "user:admin", place.now()).await;
    for (person, state) in [("alice", Undone), ("bob", Nothing), ("carol", Left)] {
        let response = place.response("lock", person).await;
        place.undo(&response.id).await;
        assert_eq!(states(&place.response("lock", person).await), [state], "{person}");
    }
    let enabled: Vec<_> = place.noted().into_iter().filter(|(name, _)| *name == "enable").collect();
    assert_eq!(enabled, [("enable", "alice".to_owned())]);
}

#[tokio::test]
async fn of_two_responses_that_disable_an_account_the_last_one_enables_it() {
    let playbooks = ["one", "two"].map(|id| playbook(id, "automatic", &["disable-account"]));
    let mut place = Place::new(&playbooks).await;
    place.turn().await;
    place.signal(TRAVEL, "alice").await;
    place.turn().await;
    let (one, two) = (place.response("one", "alice").await, place.response("two", "alice").await);
    assert_eq!((states(&one), states(&two)), (vec![Done], vec![Nothing]));
    place.undo(&one.id).await;
    assert!(place.noted().iter().all(|(name, _)| *name != "enable"));
    place.here.clock.pass(Span::from_minutes(60));
    place.turn().await;
    assert_eq!(states(&place.response("two", "alice").await), [Undone]);
    assert_eq!(place.noted().last().unwrap(), &("enable", "alice".to_owned()));
}

#[tokio::test]
async fn nothing_is_undone_twice() {
    let mut place = Place::new(&[playbook("lock", "automatic", &["disable-account"])]).await;
    place.turn().await;
    place.signal(TRAVEL, "alice").await;
    place.turn().await;
    let response = place.response("lock", "alice").await;
    place.undo(&response.id).await;
    let again = place.responses.undo(&response.id, Actor::System, place.now()).await;
    assert!(matches!(again, Err(ResponseError::NotUndoable)));
    let nobody = place.responses.undo("no-such-response", Actor::System, place.now()).await;
    assert!(matches!(nobody, Err(ResponseError::NotFound)));
}
