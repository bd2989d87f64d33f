//! The condition of a playbook: a Cedar condition about the person, asked by the policy engine as the only policy of a set of its own.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use sekisho_capability::CONSOLE;
use sekisho_model::facts::{EntityType, Handle, Interner};
use sekisho_model::{
    AccessRequest, Action, Evidence, Method, MethodSet, RequestId, RequestParts, SessionFacts, SessionId, Span,
    Timestamp, WhyUnknown,
};
use sekisho_policy_engine::is_permitted;
use sekisho_policy_information::World;
use sekisho_policy_language::{Policies, PolicyText};

/// A condition that was validated.
#[derive(Debug, Clone)]
pub(crate) struct Condition(Arc<Policies>);

impl Condition {
    /// Validates a condition against the vocabulary of policies.
    ///
    /// # Errors
    /// What is wrong with it, and how to mend it.
    pub(crate) fn compile(text: &str, interner: &Interner) -> Result<Self, String> {
        let text =
            format!("@id(\"playbook\")\npermit (principal is Sekisho::User, action, resource)\nwhen {{\n{text}\n}};\n");
        let policies =
            Policies::load(&[PolicyText { name: "when".to_owned(), text }], interner).map_err(|problems| {
                let first = problems.into_iter().next();
                first.map_or_else(
                    || "it cannot be read".to_owned(),
                    |problem| format!("{}: {}", problem.message, problem.fix),
                )
            })?;
        match policies.len() {
            1 => Ok(Self(Arc::new(policies))),
            // Who closes the brace writes further policies, and another condition than the one that is shown.
            _ => Err("it is more than one condition: write what stands between `when {` and `}`".to_owned()),
        }
    }

    /// Whether it holds for a person now. What cannot be asked does not hold.
    pub(crate) fn holds(&self, world: &World, person: Handle, asked: &Asked, now: Timestamp) -> bool {
        let Some(resource) = world.facts().find(EntityType::Resource, CONSOLE) else { return false };
        let request = AccessRequest::new(RequestParts {
            id: RequestId::new(arcstr::literal!("playbook")),
            session: session(world, person, now),
            device: asked.device.map_or(Evidence::Unknown(WhyUnknown::NotProven), Evidence::Known),
            resource,
            action: Action::Read,
            network: world.network(asked.address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))),
            http: None,
        });
        is_permitted(&self.0, world, &request, now)
    }
}

/// What a condition is asked with besides the person.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked {
    /// The device that the signal is about.
    pub(crate) device: Option<Handle>,
    /// The address that the finding names.
    pub(crate) address: Option<IpAddr>,
}

/// The newest live session of the person, or one in which they have just signed in.
fn session(world: &World, person: Handle, now: Timestamp) -> Arc<SessionFacts> {
    let own = world.sessions().filter(|session| session.subject == person && now < session.expires_at);
    own.max_by_key(|session| session.authenticated_at).map_or_else(|| supposed(person, now), Arc::clone)
}

fn supposed(person: Handle, now: Timestamp) -> Arc<SessionFacts> {
    Arc::new(SessionFacts {
        id: SessionId::from_bytes([0; 16]),
        subject: person,
        device: None,
        established_at: now,
        authenticated_at: now,
        expires_at: now.plus(Span::from_minutes(1)),
        methods: MethodSet::EMPTY.with(Method::Password),
        assurance_limit: None,
        rotation: 0,
    })
}
