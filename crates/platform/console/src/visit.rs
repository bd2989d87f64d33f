//! One request to the portal: who makes it, from where, in which language, against which World.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use sekisho_model::{Language, Peer, SessionFacts, Timestamp, UserId};
use sekisho_policy_enforcement::{Audience, SessionCookie};
use sekisho_policy_information::World;

use crate::form_key::Holder;
use crate::page::{Page, Section};
use crate::problem::Problem;
use crate::state::PortalState;
use crate::{access, cookies, messages, negotiation, notice, random};

/// One request, as the handlers see it.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) state: PortalState,
    pub(crate) world: Arc<World>,
    pub(crate) now: Timestamp,
    pub(crate) peer: Peer,
    pub(crate) language: Language,
    /// Who is signed in.
    pub(crate) person: Option<Person>,
    /// The browser's number where nobody is signed in.
    browser: [u8; 16],
    /// What must be set or removed with the answer.
    pub(crate) new_browser: bool,
    pub(crate) dead_session: bool,
    /// The path with its query.
    pub(crate) path: String,
    pub(crate) user_agent: String,
}

/// Who is signed in, in a live session.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) session: Arc<SessionFacts>,
    pub(crate) id: UserId,
    pub(crate) name: String,
}

impl Visit {
    /// Reads a request's head. `None` when it did not come through the gateway or there is no randomness.
    pub(crate) fn read(state: &PortalState, head: &Parts) -> Option<Self> {
        let world = state.world.borrow().clone();
        let now = (state.clock)();
        let peer = head.extensions.get::<Peer>()?.clone();
        let person = person(state, &world, head, now);
        let known =
            cookies::read(&head.headers, cookies::BROWSER).and_then(|value| state.form_key.read_browser(value, now));
        let browser = match known {
            Some(number) => number,
            None => random::bytes()?,
        };
        let user_agent = head.headers.get(http::header::USER_AGENT).and_then(|value| value.to_str().ok());
        Some(Self {
            dead_session: person.is_none() && cookies::has(&head.headers, SessionCookie::NAME),
            new_browser: person.is_none() && known.is_none(),
            browser,
            person,
            language: negotiation::language(&head.headers),
            path: head.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            user_agent: user_agent.unwrap_or_default().chars().take(200).collect(),
            state: state.clone(),
            world,
            now,
            peer,
        })
    }

    /// Whoever is signed in; a route that calls this is one for people who are.
    pub(crate) fn person(&self) -> Result<&Person, Problem> {
        self.person.as_ref().ok_or(Problem::SignInFirst)
    }

    /// What this visit's form tokens are bound to.
    pub(crate) fn holder(&self) -> Holder {
        self.person.as_ref().map_or(Holder::Browser(self.browser), |person| Holder::Session(person.session.id))
    }

    /// The cookie that gives the browser its number.
    pub(crate) fn browser_cookie(&self) -> String {
        cookies::set(cookies::BROWSER, &self.state.form_key.browser_cookie(self.browser, self.now))
    }

    /// The frame of a page for this visit.
    pub(crate) fn page(&self) -> Page {
        let section = match self.path.strip_prefix("/console") {
            Some(rest) if rest.is_empty() || rest.starts_with(['/', '?']) => Section::Console,
            _ => Section::Portal,
        };
        Page {
            language: self.language,
            assets: "/assets".to_owned(),
            home: "/".to_owned(),
            csrf: self.state.form_key.token(self.holder()),
            path: self.path.clone(),
            user: self.person.as_ref().map(|person| person.name.clone()),
            administrator: access::sees_console(self),
            section,
            notice: notice::of(&self.path),
            scripts: &[],
            shows_times: false,
            offset_minutes: self.world.settings().utc_offset_minutes,
        }
    }

    /// The text behind a key, in this visit's language.
    pub(crate) fn say(&self, key: &str) -> String {
        messages::say(self.language, key)
    }

    /// The name for a new passkey: the one given, or else one that says nothing.
    pub(crate) fn passkey_name(&self, given: &str) -> String {
        match given.trim() {
            "" => self.say("passkey-unnamed"),
            given => given.to_owned(),
        }
    }

    /// The frame of a page that shows times.
    pub(crate) fn page_with_times(&self) -> Page {
        Page { shows_times: true, ..self.page() }
    }
}

fn person(state: &PortalState, world: &World, head: &Parts, now: Timestamp) -> Option<Person> {
    let value = cookies::read(&head.headers, SessionCookie::NAME)?;
    let cookie = SessionCookie::read(&state.cookie_key, Audience::Portal, value)?;
    let session = world.live_session(&cookie.session, now)?;
    if !cookie.is_current(session) {
        return None;
    }
    let id = world.id(session.subject).parse().ok()?;
    Some(Person { session: session.clone(), id, name: world.display_name(session.subject).to_string() })
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or(Problem::Unavailable)
    }
}
