//! Passwords.

use sekisho_identity::{Failure, PasswordProblem, Right, Secret};
use sekisho_model::documents::UserStatus;
use sekisho_model::{Actor, Method, MethodSet};

use crate::place::{ADDRESS, PASSWORD, Place, at, user};

#[tokio::test]
async fn the_right_password_is_one_factor() {
    let place = Place::new().await;
    let by_link = place.give_password("alice").await;
    assert_eq!((by_link.user(), by_link.methods().assurance()), (&user("alice"), 1));
    let signed_in = place.by_password(" Alice ", at(1)).await;
    assert_eq!(signed_in.user(), &user("alice"));
    assert_eq!(signed_in.methods(), MethodSet::EMPTY.with(Method::Password));
    assert_eq!(place.count("sign-in", "alice").await, 1);
}

#[tokio::test]
async fn a_wrong_password_and_one_of_another_are_refused() {
    let place = Place::new().await;
    let _ = place.give_password("alice").await;
    let link = place.identity.enrolment_link(&user("bob"), Actor::System, at(0)).await.unwrap();
    let bobs = Secret::from("lighthouse keeper of tappi");
    let _ = place.identity.set_password(Right::Link(link.token.expose()), &bobs, at(0)).await.unwrap();
    for wrong in [bobs, Secret::from(""), Secret::from(&PASSWORD[1..]), Secret::from("x".repeat(5000))] {
        let refused = place.identity.password("alice", &wrong, ADDRESS, at(1)).await;
        assert_eq!(refused.unwrap_err(), Failure::WrongCredentials);
    }
    assert_eq!(place.count("sign-in-failed", "alice").await, 4);
    assert_eq!(place.count("sign-in", "alice").await, 0);
}

#[tokio::test]
async fn a_disabled_account_is_refused_with_the_right_password() {
    let place = Place::new().await;
    let _ = place.give_password("mallory").await;
    let _ = place.by_password("mallory", at(1)).await;
    place.put_user("mallory", "disabled").await;
    assert_eq!(place.known("mallory").await.status, UserStatus::Disabled);
    let refused = place.identity.password("mallory", &Secret::from(PASSWORD), ADDRESS, at(2)).await;
    assert_eq!(refused.unwrap_err(), Failure::WrongCredentials);
}

#[tokio::test]
async fn a_new_password_replaces_the_old_one_and_obeys_the_rules() {
    let place = Place::new().await;
    let session = place.session(place.give_password("alice").await).await;
    let right = Right::Session(&session.id);
    for (bad, problem) in [
        ("too short", PasswordProblem::TooShort),
        ("i am alice of the north", PasswordProblem::ContainsUserName),
        ("password12345", PasswordProblem::TooCommon),
    ] {
        let refused = place.identity.set_password(right, &Secret::from(bad), at(1)).await;
        assert_eq!(refused.unwrap_err(), Failure::PasswordRefused(problem));
    }
    let new = Secret::from("seikan tunnel, 53.85 km");
    assert!(place.identity.set_password(right, &new, at(1)).await.unwrap().signed_in.is_none());
    assert!(place.identity.password("alice", &new, ADDRESS, at(2)).await.is_ok());
    let old = place.identity.password("alice", &Secret::from(PASSWORD), ADDRESS, at(3)).await;
    assert_eq!(old.unwrap_err(), Failure::WrongCredentials);
}
