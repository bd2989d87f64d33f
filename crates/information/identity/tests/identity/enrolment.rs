//! Enrolment links.

use sekisho_capability::sweep;
use sekisho_identity::{Failure, FirstAdministrator, Right, Secret};
use sekisho_model::Actor;
use sekisho_model::documents::Kind;
use sekisho_software_passkey::SoftwarePasskey;

use crate::place::{PASSWORD, Place, at, user};

const DAY: i64 = 24 * 3600;

#[tokio::test]
async fn the_first_administrator_gets_a_link_until_somebody_has_an_authenticator() {
    let place = Place::new().await;
    let group = "administrators".parse().unwrap();
    let first =
        async |name, seconds| place.identity.first_administrator(&user(name), &group, at(seconds)).await.unwrap();
    let FirstAdministrator::Invited { link, replaces: false } = first("admin", 0).await else { panic!("no link") };
    assert_eq!(place.known("admin").await.groups, std::slice::from_ref(&group));
    assert!(place.store.get(Kind::Group, "administrators").await.unwrap().is_some());
    // Started again before the link was used: a new link, and the old one is dead.
    let FirstAdministrator::Invited { link: again, replaces: true } = first("admin", 5).await else {
        panic!("no link")
    };
    let old = place.identity.invitation(link.token.expose(), at(6)).await;
    assert_eq!(old.unwrap_err(), Failure::Expired);
    let right = Right::Link(again.token.expose());
    let enrolled = place.register(right, &mut SoftwarePasskey::default(), at(6)).await.unwrap();
    assert_eq!(enrolled.signed_in.unwrap().user(), &user("admin"));
    assert!(matches!(first("admin", 7).await, FirstAdministrator::Present));
    assert!(matches!(first("intruder", 7).await, FirstAdministrator::Present));
    assert!(place.identity.user(&user("intruder")).await.unwrap().is_none());
}

#[tokio::test]
async fn of_several_first_starts_at_once_none_fails_and_one_link_is_good() {
    for _ in 0..10 {
        let place = Place::new().await;
        let (who, group) = (user("admin"), "administrators".parse().unwrap());
        let start = || place.identity.first_administrator(&who, &group, at(0));
        let all = tokio::join!(start(), start(), start());
        let mut links = Vec::new();
        for one in [all.0, all.1, all.2] {
            match one.unwrap() {
                FirstAdministrator::Invited { link, .. } => links.push(link),
                FirstAdministrator::InvitedElsewhere => {}
                FirstAdministrator::Present => panic!("nobody has an authenticator"),
            }
        }
        // Whoever looked after another was done replaces its link and says so, as a start after a start does.
        let mut good = 0;
        for link in &links {
            good += u8::from(place.identity.invitation(link.token.expose(), at(1)).await.is_ok());
        }
        assert_eq!(good, 1, "of {}", links.len());
    }
}

#[tokio::test]
async fn a_link_enrols_once() {
    let place = Place::new().await;
    let link = place.identity.enrolment_link(&user("alice"), Actor::System, at(0)).await.unwrap();
    let token = link.token.expose();
    let seen = place.identity.invitation(token, at(1)).await.unwrap();
    assert_eq!((seen.user, seen.name.as_str()), (user("alice"), "The person alice"));
    let password = Secret::from(PASSWORD);
    assert!(place.identity.set_password(Right::Link(token), &password, at(1)).await.is_ok());
    let again = place.identity.set_password(Right::Link(token), &password, at(2)).await;
    assert_eq!(again.unwrap_err(), Failure::Expired);
    assert_eq!(place.identity.invitation(token, at(2)).await.unwrap_err(), Failure::Expired);
}

#[tokio::test]
async fn of_many_at_once_with_one_link_one_enrols() {
    let place = Place::new().await;
    let link = place.identity.enrolment_link(&user("alice"), Actor::System, at(0)).await.unwrap();
    let set = async |text: &str| {
        place.identity.set_password(Right::Link(link.token.expose()), &Secret::from(text), at(1)).await.is_ok()
    };
    let done = tokio::join!(set("first of four phrases"), set("second of four phrases"), set("third of four phrases"));
    assert_eq!([done.0, done.1, done.2].into_iter().filter(|done| *done).count(), 1);
    assert_eq!(place.count("authenticator-added", "alice").await - place.count("not-done", "alice").await, 1);
}

#[tokio::test]
async fn wrong_old_and_foreign_tokens_are_refused_alike() {
    let place = Place::new().await;
    let link = place.identity.enrolment_link(&user("alice"), Actor::System, at(0)).await.unwrap();
    let token = link.token.expose();
    let flipped = format!("{}x", &token[..token.len() - 1]);
    let secret = token.split_once('~').unwrap().1;
    for bad in ["", "~", "alice~", "alice", &flipped, &format!("bob~{secret}"), &format!("nobody~{secret}"), secret] {
        assert_eq!(place.identity.invitation(bad, at(1)).await.unwrap_err(), Failure::Expired, "{bad}");
        let refused = place.identity.begin_registration(Right::Link(bad), at(1)).await;
        assert_eq!(refused.unwrap_err(), Failure::Expired);
    }
    assert_eq!(place.identity.invitation(token, at(DAY)).await.unwrap_err(), Failure::Expired);
    place.put_user("alice", "disabled").await;
    assert_eq!(place.identity.invitation(token, at(1)).await.unwrap_err(), Failure::Expired);
    place.put_user("alice", "active").await;
    assert!(place.identity.invitation(token, at(DAY - 1)).await.is_ok());
    let nobody = place.identity.enrolment_link(&user("nobody"), Actor::System, at(0)).await;
    assert_eq!(nobody.unwrap_err(), Failure::NotFound("user"));
}

#[tokio::test]
async fn a_reset_ends_everything_and_begins_anew() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    let session = place.session(place.give_passkey("alice", &mut passkey).await).await;
    let _ = place.give_password("alice").await;
    let actor = Actor::User("admin".to_owned());
    let link = place.identity.reset(&user("alice"), actor.clone(), at(10)).await.unwrap();
    assert!(place.stored_session(&session.id).await.is_none());
    assert!(place.identity.authenticators(&user("alice")).await.unwrap().is_empty());
    assert_eq!(place.by_passkey(&mut passkey, at(11)).await.unwrap_err(), Failure::WrongCredentials);
    let reset = place.acts().await.into_iter().find(|act| act.act == "authenticators-reset").unwrap();
    assert_eq!(reset.actor, actor);
    // The same authenticator may be registered again.
    let mut anew = SoftwarePasskey::default();
    place.register(Right::Link(link.token.expose()), &mut anew, at(12)).await.unwrap();
    assert!(place.by_passkey(&mut anew, at(13)).await.is_ok());
    let nobody = place.identity.reset(&user("nobody"), Actor::System, at(10)).await;
    assert_eq!(nobody.unwrap_err(), Failure::NotFound("user"));
}

#[tokio::test]
async fn a_namesake_made_later_inherits_nothing() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    let session = place.session(place.give_passkey("alice", &mut passkey).await).await;
    let link = place.identity.enrolment_link(&user("alice"), Actor::System, at(1)).await.unwrap();
    place.identity.forget(&user("alice"), Actor::System, at(2)).await.unwrap();
    assert!(place.stored_session(&session.id).await.is_none());
    assert_eq!(place.by_passkey(&mut passkey, at(3)).await.unwrap_err(), Failure::WrongCredentials);
    assert_eq!(place.identity.invitation(link.token.expose(), at(3)).await.unwrap_err(), Failure::Expired);
}

#[tokio::test]
async fn what_expired_unused_is_swept_and_nothing_else() {
    let place = Place::new().await;
    let session = place.session(place.give_password("alice").await).await;
    let link = place.identity.enrolment_link(&user("bob"), Actor::System, at(0)).await.unwrap();
    let right = Right::Link(link.token.expose());
    let _ = place.identity.begin_registration(right, at(0)).await.unwrap();
    let _ = place.identity.begin_totp(&session.id, at(0)).await.unwrap();
    assert_eq!(sweep(&place.store, at(299)).await.unwrap(), 0);
    assert_eq!(sweep(&place.store, at(300)).await.unwrap(), 2);
    assert!(place.identity.invitation(link.token.expose(), at(301)).await.is_ok());
    assert_eq!(sweep(&place.store, at(DAY)).await.unwrap(), 1);
    assert!(place.store.list_all(Kind::OneTime).await.unwrap().is_empty());
}
