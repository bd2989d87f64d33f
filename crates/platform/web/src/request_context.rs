//! One request to the portal: who makes it, from where, in which language, against which World.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use sekisho_model::{Language, Peer, SessionFacts, SessionId, Timestamp, UserId};
use sekisho_policy_enforcement::{Audience, SessionCookie};
use sekisho_policy_information::World;

use crate::form_key::Holder;
use crate::navigation::{Place, Section};
use crate::page::Page;
use crate::problem::Problem;
use crate::site::Site;
use crate::{access, asset_files, cookies, negotiation, notice, random};

/// One request, as its handler sees it, with the services `S` of the crate that handles it.
#[derive(Clone)]
pub struct RequestContext<S = ()> {
    /// What the handler acts through.
    pub services: S,
    /// What every page works with.
    pub site: Site,
    /// The snapshot that every decision of this request reads.
    pub world: Arc<World>,
    /// When the request was there: its head, or its body where it may change something.
    pub now: Timestamp,
    /// Who sent it, as the gateway saw it.
    pub peer: Peer,
    /// The language of the answer.
    pub language: Language,
    /// Who is signed in.
    pub person: Option<Person>,
    /// The browser's numbers, which form tokens are bound to while nobody is signed in. Never empty; the first one is for new forms.
    browsers: Vec<[u8; 16]>,
    /// The cookie that says who signed in here before.
    known: Option<String>,
    /// The browser has no number yet: the answer sets the cookie.
    pub(crate) new_browser: bool,
    /// The browser sends a session cookie that no live session has: the answer removes it.
    pub(crate) dead_session: bool,
    /// The session of that cookie, where the cookie is one of ours: only the browser that held the session can show it.
    pub ended_session: Option<SessionId>,
    /// The page of ours that the request was made from, as its path and query.
    pub(crate) made_from: Option<String>,
    /// The path with its query.
    pub path: String,
    /// The first 200 characters of `User-Agent`.
    pub user_agent: String,
}

/// Who is signed in, in a live session.
#[derive(Clone)]
pub struct Person {
    /// The session.
    pub session: Arc<SessionFacts>,
    /// The account.
    pub id: UserId,
    /// The name that pages show.
    pub name: String,
}

impl RequestContext {
    /// Reads the requester, and what is known now, from a request's head. Nothing of it is used after a wait for the client. `None` when the request did not come through the gateway, or when the system has no randomness.
    pub(crate) fn read(site: &Site, head: &Parts) -> Option<Self> {
        let world = site.world.borrow().clone();
        let now = (site.clock)();
        let peer = head.extensions.get::<Peer>()?.clone();
        let person = person(site, &world, head, now);
        let known = cookies::browsers(&head.headers).filter_map(|value| site.form_key.read_browser(value, now));
        let mut browsers: Vec<[u8; 16]> = known.collect();
        let new_browser = person.is_none() && browsers.is_empty();
        if browsers.is_empty() {
            browsers.push(random::bytes()?);
        }
        let user_agent = head.headers.get(http::header::USER_AGENT).and_then(|value| value.to_str().ok());
        Some(Self {
            services: (),
            dead_session: person.is_none() && is_dead(site, &world, head, now),
            ended_session: if person.is_none() { ended(site, &world, head, now) } else { None },
            made_from: made_from(site, head),
            new_browser,
            browsers,
            known: cookies::read(&head.headers, cookies::KNOWN).map(str::to_owned),
            person,
            language: negotiation::language(&head.headers),
            path: head.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            user_agent: user_agent.unwrap_or_default().chars().take(200).collect(),
            site: site.clone(),
            world,
            now,
            peer,
        })
    }

    fn with<S>(self, services: S) -> RequestContext<S> {
        RequestContext {
            services,
            site: self.site,
            world: self.world,
            now: self.now,
            peer: self.peer,
            language: self.language,
            person: self.person,
            browsers: self.browsers,
            known: self.known,
            new_browser: self.new_browser,
            dead_session: self.dead_session,
            ended_session: self.ended_session,
            made_from: self.made_from,
            path: self.path,
            user_agent: self.user_agent,
        }
    }
}

impl<S> RequestContext<S> {
    /// The person who is signed in, on a route that requires one.
    ///
    /// # Errors
    /// [`Problem::SignInFirst`] when nobody is signed in.
    pub fn person(&self) -> Result<&Person, Problem> {
        self.person.as_ref().ok_or(Problem::SignInFirst)
    }

    /// What the form tokens of this request are bound to.
    pub(crate) fn holder(&self) -> Holder {
        self.person.as_ref().map_or(Holder::Browser(self.browser()), |person| Holder::Session(person.session.id))
    }

    /// The number by which this browser is known to a person of that name, who signed in here before.
    #[must_use]
    pub fn known_to(&self, user: &str) -> Option<[u8; 16]> {
        self.site.form_key.read_known(self.known.as_deref()?, user)
    }

    /// The cookie by which this browser will be known to a person who signs in; `None` where it is.
    #[must_use]
    pub fn known_cookie(&self, user: &UserId) -> Option<String> {
        if self.known_to(user.as_str()).is_some() {
            return None;
        }
        let value = self.site.form_key.known_cookie(user, random::bytes()?);
        Some(cookies::set_for(cookies::KNOWN, &value, cookies::KNOWN_SECONDS))
    }

    /// Whether a form token is one that this browser got while nobody was signed in.
    pub(crate) fn is_token_before_sign_in(&self, token: &str) -> bool {
        self.browsers.iter().any(|number| self.site.form_key.is_token(Holder::Browser(*number), token))
    }

    /// The cookie that gives the browser its number, under a name of its own.
    pub(crate) fn browser_cookie(&self) -> String {
        let number = self.browser();
        let name =
            number.iter().take(4).fold(format!("{}-", cookies::BROWSER), |name, byte| format!("{name}{byte:02x}"));
        cookies::set(&name, &self.site.form_key.browser_cookie(number, self.now))
    }

    fn browser(&self) -> [u8; 16] {
        self.browsers.first().copied().unwrap_or_default()
    }

    /// The frame of a page that answers this request.
    #[must_use]
    pub fn page(&self) -> Page {
        let section = match self.path.strip_prefix("/console") {
            Some(rest) if rest.is_empty() || rest.starts_with(['/', '?']) => Section::Console,
            _ => Section::Portal,
        };
        Page {
            language: self.language,
            assets: asset_files::folder().to_owned(),
            home: "/".to_owned(),
            csrf: self.site.form_key.token(self.holder()),
            path: self.path.clone(),
            user: self.person.as_ref().map(|person| person.name.clone()),
            administrator: access::sees_console(self),
            section,
            places: self.places(section),
            texts: self.site.contents.texts.clone(),
            switch: None,
            notice: notice::of(&self.path),
            scripts: &[],
            shows_times: false,
            time_zone: Arc::clone(self.world.time_zone()),
            now: self.now,
        }
    }

    /// The places of the navigation that this person is shown.
    fn places(&self, section: Section) -> Vec<Place> {
        let places = self.site.contents.places.iter().filter(|place| place.section == section);
        places.filter(|place| place.act.is_none_or(|act| access::may(self, &act, None))).copied().collect()
    }

    /// The frame of a page that shows times.
    #[must_use]
    pub fn page_with_times(&self) -> Page {
        Page { shows_times: true, ..self.page() }
    }

    /// The text of a key, in the language of this request.
    #[must_use]
    pub fn say(&self, key: &str) -> String {
        self.site.contents.texts.say(self.language, key)
    }
}

/// Whether the browser holds a session cookie of no live session. One from before a renewal is not dead: its successor is on the way
/// in another answer, and an answer that removed the cookie could arrive after it.
fn is_dead(site: &Site, world: &World, head: &Parts, now: Timestamp) -> bool {
    let renewed = session_of(site, head).is_some_and(|session| world.live_session(&session, now).is_some());
    cookies::has(&head.headers, SessionCookie::NAME) && !renewed
}

/// The session of the browser's cookie, where that session has ended.
fn ended(site: &Site, world: &World, head: &Parts, now: Timestamp) -> Option<SessionId> {
    session_of(site, head).filter(|session| world.live_session(session, now).is_none())
}

/// The session that the browser's cookie names. The cookie's code shows that we made it.
fn session_of(site: &Site, head: &Parts) -> Option<SessionId> {
    let value = cookies::read(&head.headers, SessionCookie::NAME)?;
    Some(SessionCookie::read(&site.cookie_key, Audience::Portal, value)?.session)
}

fn made_from(site: &Site, head: &Parts) -> Option<String> {
    let said = head.headers.get(http::header::REFERER)?.to_str().ok()?;
    said.strip_prefix(&site.origin()).filter(|path| path.starts_with('/')).map(str::to_owned)
}

fn person(site: &Site, world: &World, head: &Parts, now: Timestamp) -> Option<Person> {
    let value = cookies::read(&head.headers, SessionCookie::NAME)?;
    let cookie = SessionCookie::read(&site.cookie_key, Audience::Portal, value)?;
    let session = world.live_session(&cookie.session, now)?;
    if !cookie.is_current(session) {
        return None;
    }
    let id = world.id(session.subject).parse().ok()?;
    Some(Person { session: session.clone(), id, name: world.display_name(session.subject).to_string() })
}

impl<S: Clone + Send + Sync> FromRequestParts<S> for RequestContext<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, services: &S) -> Result<Self, Problem> {
        let context = parts.extensions.get::<RequestContext>().cloned().ok_or(Problem::Unavailable)?;
        Ok(context.with(services.clone()))
    }
}
