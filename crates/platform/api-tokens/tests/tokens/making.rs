//! Who may make which token.

use sekisho_api_tokens::{Maker, Reach, TokenActRefusal};
use sekisho_model::documents::{ApiToken, Kind};
use sekisho_model::{Actor, Method, Span};

use crate::place::Place;

#[tokio::test]
async fn people_make_their_own_token_which_is_recorded_without_its_secret() {
    let place = Place::new().await;
    let text = place.alices().await;
    let acts = place.here.acts().await;
    let [act] = acts.as_slice() else { panic!("{acts:?}") };
    assert_eq!((act.act.as_str(), act.target.as_str()), ("token-made", "api-token/audit"));
    assert_eq!(act.actor, Actor::User("alice".to_owned()));
    assert_eq!(act.detail["owner"], "alice");
    let secret = text.rsplit('_').next().unwrap();
    let stored = place.here.services.store.get(Kind::ApiToken, "audit").await.unwrap().unwrap();
    assert!(!format!("{acts:?}").contains(secret), "the record has no secret");
    assert!(!stored.body.to_string().contains(secret), "the store has no secret");
    let token: ApiToken = serde_json::from_value(stored.body).unwrap();
    assert!(!format!("{acts:?}").contains(token.secret_hash.as_str()), "nor does the record have its hash");
    assert!(token.methods.contains(Method::Passkey), "the sign-in is taken over");
}

#[tokio::test]
async fn a_token_for_somebody_else_needs_the_permission_to_administer_tokens() {
    let place = Place::new().await;
    let wanted = || place.wanted("backup", "ci", &["auditors"]);
    let refused = place.make(wanted(), "root", Reach::Own).await;
    assert!(matches!(&refused, Err(TokenActRefusal::NotYours(owner)) if owner.as_str() == "ci"), "{refused:?}");
    let made = place.make(wanted(), "root", Reach::Everybody).await.unwrap();
    assert_eq!(place.authenticate(&made.text).unwrap().owner().as_str(), "ci");
}

#[tokio::test]
async fn i25_owner_and_maker_must_have_every_role() {
    let place = Place::new().await;
    for (owner, maker, role, without) in [
        ("bob", "bob", "auditors", "bob"),
        ("nobody", "root", "auditors", "nobody"),
        ("bob", "root", "helpdesk", "root"),
        ("alice", "alice", "administrators", "alice"),
        ("alice", "alice", "no-such-group", "alice"),
    ] {
        let wanted = place.wanted("t", owner, &[role]);
        let refused = place.make(wanted, maker, Reach::Everybody).await;
        let is_named = |user: &str, of: &str| user == without && of == role;
        assert!(
            matches!(&refused, Err(TokenActRefusal::RoleNotHeld { user, role }) if is_named(user.as_str(), role.as_str())),
            "{owner} {maker} {role}: {refused:?}"
        );
    }
    // One of two roles is not enough; both are.
    let refused = place.make(place.wanted("t", "bob", &["auditors", "helpdesk"]), "bob", Reach::Own).await;
    assert!(matches!(refused, Err(TokenActRefusal::RoleNotHeld { .. })), "{refused:?}");
    place.make(place.wanted("t", "alice", &["auditors", "helpdesk"]), "alice", Reach::Own).await.unwrap();
    assert_eq!(place.here.act_codes().await, ["token-made"], "what is refused is not recorded as done");
}

#[tokio::test]
async fn a_token_cannot_make_a_token_nor_can_a_device_or_another_person_s_session() {
    let place = Place::new().await;
    let (world, now) = (place.here.world(), place.here.clock.now());
    let (own, other) = (place.session("alice", &[Method::Passkey]), place.session("bob", &[Method::Passkey]));
    let mut ended = own.clone();
    ended.expires_at = now;
    let token = Actor::Token { owner: "alice".to_owned(), token: "audit".to_owned() };
    let alice = Actor::User("alice".to_owned());
    for (actor, session) in [
        (&token, Some(&own)),
        (&token, None),
        (&Actor::Device("alice".to_owned()), Some(&own)),
        (&Actor::System, None),
        (&alice, None),
        (&alice, Some(&other)),
        (&alice, Some(&ended)),
    ] {
        let maker = Maker { actor, session, reach: Reach::Everybody };
        let refused = place.tokens.make(place.wanted("t", "alice", &["auditors"]), maker, &world, now).await;
        assert!(matches!(refused, Err(TokenActRefusal::NotAPerson)), "{actor}: {refused:?}");
    }
    let maker = Maker { actor: &alice, session: Some(&own), reach: Reach::Own };
    place.tokens.make(place.wanted("t", "alice", &["auditors"]), maker, &world, now).await.unwrap();
}

#[tokio::test]
async fn the_operator_makes_tokens_for_others_without_a_sign_in() {
    let place = Place::new().await;
    let operator = Actor::Operator("uid-0".to_owned());
    let maker = Maker { actor: &operator, session: None, reach: Reach::Everybody };
    let (world, now) = (place.here.world(), place.here.clock.now());
    let made = place.tokens.make(place.wanted("backup", "ci", &["auditors"]), maker, &world, now).await.unwrap();
    place.settled().await;
    let caller = place.authenticate(&made.text).unwrap();
    assert_eq!(caller.session().methods.assurance(), 0, "nobody signed in");
    let refused = place.tokens.make(place.wanted("t", "bob", &["auditors"]), maker, &world, now).await;
    assert!(matches!(refused, Err(TokenActRefusal::RoleNotHeld { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_token_needs_an_owner_a_role_an_end_known_parts_and_a_free_name() {
    let place = Place::new().await;
    let make = async |change: fn(&mut sekisho_api_tokens::NewToken)| {
        let mut wanted = place.wanted("t", "alice", &["auditors"]);
        change(&mut wanted);
        place.make(wanted, "alice", Reach::Everybody).await
    };
    assert!(matches!(make(|new| new.owner = "ghost".parse().unwrap()).await, Err(TokenActRefusal::NoUser(_))));
    assert!(matches!(make(|new| new.roles.clear()).await, Err(TokenActRefusal::Wrong(_))));
    let late = |new: &mut sekisho_api_tokens::NewToken| {
        new.expires_at = new.expires_at.plus(Span::from_minutes(366 * 24 * 60))
    };
    assert!(matches!(make(late).await, Err(TokenActRefusal::Wrong(_))));
    let past = |new: &mut sekisho_api_tokens::NewToken| new.expires_at = new.expires_at.plus(Span::from_minutes(-60));
    assert!(matches!(make(past).await, Err(TokenActRefusal::Wrong(_))));
    let part = |new: &mut sekisho_api_tokens::NewToken| new.parts.extend(["wiki".parse().unwrap()]);
    assert!(matches!(make(part).await, Err(TokenActRefusal::NoSuchPart(_))));
    let part = |new: &mut sekisho_api_tokens::NewToken| new.parts.extend(["platform-ledger".parse().unwrap()]);
    make(part).await.unwrap();
    assert!(matches!(make(|_| ()).await, Err(TokenActRefusal::Taken(_))));
    place.put_user("alice", &["auditors"], "disabled").await;
    assert!(matches!(make(|new| new.id = "u".parse().unwrap()).await, Err(TokenActRefusal::Disabled(_))));
}

#[tokio::test]
async fn one_owner_has_a_bounded_number_of_tokens() {
    let place = Place::new().await;
    for number in 0..100 {
        place.make(place.wanted(&format!("t{number}"), "alice", &["auditors"]), "alice", Reach::Own).await.unwrap();
    }
    let refused = place.make(place.wanted("one-more", "alice", &["auditors"]), "alice", Reach::Own).await;
    assert!(matches!(refused, Err(TokenActRefusal::TooMany(_))), "{refused:?}");
    place.make(place.wanted("one-more", "bob", &["helpdesk"]), "bob", Reach::Own).await.unwrap();
}
