//! An organisation with the shipped roles: alice audits and helps, bob helps, root administers, ci is the account of a service.

use std::collections::BTreeSet;
use std::sync::Arc;

use sekisho_api_tokens::{
    MadeToken, Maker, NewToken, Reach, TokenActRefusal, TokenCaller, TokenRefusal, Tokens, authenticate,
};
use sekisho_capability::Part;
use sekisho_model::documents::Kind;
use sekisho_model::facts::EntityType;
use sekisho_model::{Actor, Method, MethodSet, SessionFacts, SessionId, Span, UserId};
use sekisho_policy_information::World;
use sekisho_testbed::{Organisation, TemporaryServices};
use serde_json::json;

pub(crate) const ROLES: &str = include_str!("../../../../../policies/roles.cedar");

pub(crate) struct Place {
    pub(crate) here: TemporaryServices,
    pub(crate) tokens: Tokens,
}

impl Place {
    pub(crate) async fn new() -> Self {
        Self::with("").await
    }

    /// The organisation with a policy of its own.
    pub(crate) async fn with(policy: &str) -> Self {
        let people = Organisation::empty()
            .user("alice", &["auditors", "helpdesk"])
            .user("bob", &["helpdesk"])
            .user("root", &["administrators", "auditors"])
            .user("ci", &["auditors"])
            .user("nobody", &[])
            .policy("roles", ROLES)
            .policy("own", policy);
        let parts = Part::ALL.into_iter().fold(people, |all, part| {
            let id = part.resource();
            let body = json!({
                "id": id, "name": { "en": id }, "kind": "api", "sensitivity": 4, "categories": part.categories(),
            });
            all.with(Kind::Resource, id, body)
        });
        let here = TemporaryServices::new(parts).await;
        let tokens = Tokens::new(here.services.changes.clone());
        Self { here, tokens }
    }

    /// A session of that person, begun now with these methods.
    pub(crate) fn session(&self, user: &str, methods: &[Method]) -> SessionFacts {
        let now = self.here.clock.now();
        SessionFacts {
            id: SessionId::from_bytes([7; 16]),
            subject: self.here.world().user(user).unwrap(),
            device: None,
            established_at: now,
            authenticated_at: now,
            expires_at: now.plus(Span::from_minutes(60)),
            methods: methods.iter().copied().collect::<MethodSet>(),
            assurance_limit: None,
            rotation: 0,
        }
    }

    /// A token `id` of `owner` with these roles, for an hour.
    pub(crate) fn wanted(&self, id: &str, owner: &str, roles: &[&str]) -> NewToken {
        NewToken {
            id: id.parse().unwrap(),
            owner: owner.parse().unwrap(),
            roles: roles.iter().map(|role| role.parse().unwrap()).collect(),
            parts: BTreeSet::new(),
            read_only: false,
            expires_at: self.here.clock.now().plus(Span::from_minutes(60)),
        }
    }

    /// Makes it, as somebody who signed in with a passkey. Waits until the World knows it.
    pub(crate) async fn make(&self, new: NewToken, by: &str, reach: Reach) -> Result<MadeToken, TokenActRefusal> {
        self.make_in(new, &self.session(by, &[Method::Passkey]), by, reach).await
    }

    pub(crate) async fn make_in(
        &self,
        new: NewToken,
        session: &SessionFacts,
        by: &str,
        reach: Reach,
    ) -> Result<MadeToken, TokenActRefusal> {
        let actor = Actor::User(by.to_owned());
        let maker = Maker { actor: &actor, session: Some(session), reach };
        let made = self.tokens.make(new, maker, &self.here.world(), self.here.clock.now()).await?;
        self.settled().await;
        Ok(made)
    }

    /// The text of a token of alice's with the role of auditors.
    pub(crate) async fn alices(&self) -> String {
        let made = self.make(self.wanted("audit", "alice", &["auditors"]), "alice", Reach::Own).await.unwrap();
        made.text.to_string()
    }

    /// The newest World, once it shows everything that is stored.
    pub(crate) async fn settled(&self) -> Arc<World> {
        self.here.shows(self.here.services.store.revision().await.unwrap()).await
    }

    pub(crate) fn authenticate(&self, text: &str) -> Result<TokenCaller, TokenRefusal> {
        authenticate(text, &self.here.world(), self.here.clock.now())
    }

    /// Puts somebody's account, with these groups and this status.
    pub(crate) async fn put_user(&self, id: &str, groups: &[&str], status: &str) {
        let body = json!({ "id": id, "name": id, "employment": "staff", "groups": groups, "status": status });
        self.here.put(Kind::User, id, body).await;
    }

    pub(crate) fn workload_exists(&self, id: &str) -> bool {
        self.here.world().facts().find(EntityType::Workload, id).is_some()
    }
}

pub(crate) fn user(id: &str) -> UserId {
    id.parse().unwrap()
}
