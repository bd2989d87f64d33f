//! Acts on API tokens, and acts on accounts as far as they concern tokens.

use std::collections::BTreeSet;
use std::sync::Arc;

use sekisho_control_plane::acts::ActRefusal;
use sekisho_control_plane::acts::tokens::{MadeToken, NewToken, Reach, TokenActRefusal, TokenRefusal, authenticate};
use sekisho_control_plane::{ApplyError, Desired, now};
use sekisho_model::documents::Kind;
use sekisho_model::{Actor, Method, MethodSet, SessionFacts, SessionId, Span, UserId};
use sekisho_policy_information::World;
use serde_json::json;

use sekisho_testbed::{Installation, user};

fn id(name: &str) -> UserId {
    name.parse().unwrap()
}

fn alice() -> Actor {
    Actor::User("alice".to_owned())
}

fn token() -> Actor {
    Actor::Token { owner: "alice".to_owned(), token: "ci".to_owned() }
}

/// The newest World, once it shows everything that was stored before. No feed tells the revision of what is sealed, so a group marks
/// how far it has come.
async fn world(here: &Installation) -> Arc<World> {
    let name = here.control_plane.store.revision().await.unwrap().to_string();
    let body = json!({ "id": "marker", "name": name });
    let marker = Desired { kind: Kind::Group, id: "marker".to_owned(), body, origin: "-".to_owned() };
    let revision = here.apply(marker, Actor::System).await;
    let mut worlds = here.control_plane.publication.world.clone();
    Arc::clone(&*worlds.wait_for(|world| world.revision() >= revision).await.unwrap())
}

fn auditor(name: &str) -> Desired {
    let body = json!({ "id": name, "name": name, "groups": ["auditors"] });
    Desired { kind: Kind::User, id: name.to_owned(), body, origin: "-".to_owned() }
}

/// An installation in which alice and bob are auditors, and a token `ci` of alice's.
async fn with_token() -> (Installation, MadeToken) {
    let here = Installation::new().await;
    let group = json!({ "id": "auditors", "name": "Auditors" });
    here.apply(
        Desired { kind: Kind::Group, id: "auditors".to_owned(), body: group, origin: "-".to_owned() },
        Actor::System,
    )
    .await;
    for name in ["alice", "bob"] {
        here.apply(auditor(name), Actor::System).await;
    }
    let made = make(&here, alice(), "alice").await.unwrap();
    (here, made)
}

async fn make(here: &Installation, actor: Actor, owner: &str) -> Result<MadeToken, ActRefusal> {
    let (world, now) = (world(here).await, now());
    let session = SessionFacts {
        id: SessionId::from_bytes([7; 16]),
        subject: world.user("alice").unwrap(),
        device: None,
        established_at: now,
        authenticated_at: now,
        expires_at: now.plus(Span::from_minutes(60)),
        methods: MethodSet::EMPTY.with(Method::Passkey),
        assurance_limit: None,
        rotation: 0,
    };
    let new = NewToken {
        id: "ci".parse().unwrap(),
        owner: id(owner),
        roles: BTreeSet::from(["auditors".parse().unwrap()]),
        parts: BTreeSet::new(),
        read_only: false,
        expires_at: now.plus(Span::from_minutes(60)),
    };
    here.control_plane.acts().by(actor, now).make_token(new, &world, Some(&session), Reach::Own).await
}

/// Why the token is refused at the next request, if it is.
async fn refused(here: &Installation, made: &MadeToken) -> Option<TokenRefusal> {
    let world = world(here).await;
    authenticate(&made.text, &world, now()).err()
}

#[tokio::test]
async fn i25_disabling_an_account_stops_its_tokens_at_the_next_request() {
    let (here, made) = with_token().await;
    assert_eq!(refused(&here, &made).await, None);
    here.control_plane.acts().by(Actor::System, now()).disable_user(&id("bob")).await.unwrap();
    assert_eq!(refused(&here, &made).await, None, "the account of somebody else");
    here.control_plane.acts().by(Actor::System, now()).disable_user(&id("alice")).await.unwrap();
    assert_eq!(refused(&here, &made).await, Some(TokenRefusal::OwnerDisabled));
}

#[tokio::test]
async fn i25_an_account_that_is_made_again_inherits_no_token() {
    let (here, made) = with_token().await;
    let plan = here.control_plane.plan(&[auditor("bob")], true).await.unwrap();
    here.control_plane.execute(&plan, Actor::System).await.unwrap();
    here.apply(auditor("alice"), Actor::System).await;
    assert_eq!(refused(&here, &made).await, Some(TokenRefusal::Unknown));
    let revoked = here.acts("api-token/ci").await.pop().unwrap();
    assert_eq!((revoked.0.as_str(), revoked.1.as_str()), ("sekisho", "token-revoked"));
}

#[tokio::test]
async fn resetting_an_account_revokes_its_tokens_and_a_link_alone_does_not() {
    let (here, made) = with_token().await;
    let acts = here.control_plane.acts();
    acts.by(Actor::System, now()).make_enrolment_link(&id("alice")).await.unwrap();
    acts.by(Actor::System, now()).reset_user(&id("bob")).await.unwrap();
    assert_eq!(refused(&here, &made).await, None);
    acts.by(Actor::System, now()).reset_user(&id("alice")).await.unwrap();
    assert_eq!(refused(&here, &made).await, Some(TokenRefusal::Unknown));
}

#[tokio::test]
async fn a_token_is_its_owner_where_nobody_acts_on_their_own_account() {
    let (here, _) = with_token().await;
    let acts = here.control_plane.acts();
    let refused = acts.by(token(), now()).disable_user(&id("alice")).await;
    assert!(matches!(refused, Err(ActRefusal::OwnAccount)), "{refused:?}");
    let plan = here.control_plane.plan(&[user("alice", "disabled")], false).await.unwrap();
    let refused = here.control_plane.execute(&plan, token()).await;
    assert!(matches!(refused, Err(ApplyError::OwnAccount(_))), "{refused:?}");
    acts.by(token(), now()).disable_user(&id("bob")).await.unwrap();
    let by = here.acts("user/bob").await.pop().unwrap().0;
    assert_eq!(by, "token:alice/ci");
}

#[tokio::test]
async fn a_token_gets_no_way_to_sign_in_as_its_owner() {
    let (here, made) = with_token().await;
    let acts = here.control_plane.acts();
    for refused in [
        acts.by(token(), now()).make_enrolment_link(&id("alice")).await,
        acts.by(token(), now()).reset_user(&id("alice")).await,
    ] {
        assert!(matches!(refused, Err(ActRefusal::TokenOverOwner)));
    }
    assert_eq!(refused(&here, &made).await, None);
    acts.by(token(), now()).make_enrolment_link(&id("bob")).await.unwrap();
    acts.by(alice(), now()).make_enrolment_link(&id("alice")).await.unwrap();
}

#[tokio::test]
async fn a_token_is_listed_and_revoked_by_its_owner_and_makes_none() {
    let (here, made) = with_token().await;
    let acts = here.control_plane.acts();
    let known = world(&here).await;
    for (actor, reach, count) in [
        (alice(), Reach::Own, 1),
        (token(), Reach::Own, 1),
        (Actor::User("bob".to_owned()), Reach::Own, 0),
        (Actor::Operator("uid-0".to_owned()), Reach::Own, 0),
        (Actor::User("bob".to_owned()), Reach::Everybody, 1),
    ] {
        let listed = acts.by(actor.clone(), now()).list_tokens(&known, reach).await.unwrap();
        assert_eq!(listed.len(), count, "{actor} {reach:?}");
    }
    let refusal = make(&here, token(), "alice").await.unwrap_err();
    assert!(matches!(refusal, ActRefusal::Token(TokenActRefusal::NotAPerson | TokenActRefusal::NotYours(_))));
    let refusal = acts.by(Actor::User("bob".to_owned()), now()).revoke_token(&made.id, Reach::Own).await.unwrap_err();
    assert!(matches!(refusal, ActRefusal::Token(TokenActRefusal::NoToken(_))), "{refusal}");
    acts.by(alice(), now()).revoke_token(&made.id, Reach::Own).await.unwrap();
    assert_eq!(refused(&here, &made).await, Some(TokenRefusal::Unknown));
}

#[tokio::test]
async fn a_token_is_neither_applied_nor_pruned() {
    let (here, made) = with_token().await;
    let stored = here.control_plane.store.get(Kind::ApiToken, "ci").await.unwrap().unwrap();
    let mut forged = stored.body.clone();
    forged["id"] = json!("forged");
    let forged = Desired { kind: Kind::ApiToken, id: "forged".to_owned(), body: forged, origin: "-".to_owned() };
    let planned = here.control_plane.plan(&[forged], false).await;
    assert!(matches!(planned, Err(ApplyError::Documents(_))), "{planned:?}");
    let plan = here.control_plane.plan(&[auditor("alice")], true).await.unwrap();
    assert!(plan.steps.iter().all(|step| step.kind != Kind::ApiToken));
    here.control_plane.execute(&plan, Actor::System).await.unwrap();
    assert_eq!(refused(&here, &made).await, None);
}
