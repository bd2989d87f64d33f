//! The overview as a stream of server-sent events: each brings the figures as one page shows them. The stream is decided again with
//! every World, as every stream at the gateway is, and ends when it is no longer permitted.

use std::convert::Infallible;
use std::sync::Arc;

use askama::Template;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::header::CACHE_CONTROL;
use http::{HeaderValue, StatusCode};
use sekisho_capability::CONSOLE;
use sekisho_model::{Language, Record, SessionFacts, StreamEnd, Text, Timestamp};
use sekisho_overview::{Figures, Place};
use sekisho_policy_information::World;
use sekisho_web::page::Page;
use sekisho_web::{Person, Problem, access};
use tokio::sync::watch;

use super::shown::Shown;
use crate::Context;

/// The event that brings figures.
const FIGURES: &str = "figures";
/// The event that says that the stream is no longer permitted: the page asks again, and the answer says why.
const ENDED: &str = "ended";

pub(super) async fn events(context: Context) -> Result<Response, Problem> {
    let person = context.person()?.clone();
    let place = context.services.overview.place(person.session.id).ok_or_else(|| too_many(&context))?;
    let live = Live {
        world: context.site.world.clone(),
        figures: context.services.overview.figures(),
        closing: context.services.overview.closing(),
        opened: Arc::clone(&person.session),
        person,
        context,
        said: String::new(),
        is_over: false,
        _place: place,
    };
    let events = Sse::new(stream::unfold(live, Live::next)).keep_alive(KeepAlive::default());
    let mut response = events.into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}

fn too_many(context: &Context) -> Problem {
    let said = |language| context.site.contents.texts.say(language, "problem-too-many-live-pages-text");
    let text = Text::new(&said(Language::English), &said(Language::Japanese));
    Problem::refused(StatusCode::TOO_MANY_REQUESTS, text)
}

/// One live page.
struct Live {
    context: Context,
    person: Person,
    /// The session as the stream was opened in it.
    opened: Arc<SessionFacts>,
    world: watch::Receiver<Arc<World>>,
    figures: watch::Receiver<Arc<Figures>>,
    closing: watch::Receiver<bool>,
    /// What was sent last.
    said: String,
    is_over: bool,
    _place: Place,
}

/// Why a live page ends.
enum End {
    /// It is no longer permitted, for the reason with this code.
    Refused(String),
    /// The session goes on under another cookie: the page opens another stream with that.
    Renewed,
}

#[derive(Template)]
#[template(path = "overview_shown.html")]
struct ShownPart<'a> {
    page: Page,
    shown: &'a Shown,
}

impl Live {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        while !self.is_over && !*self.closing.borrow() {
            // INVARIANT I-10: with every World the stream is decided again before anything more is sent on it.
            match self.still_permitted() {
                Ok(()) => {}
                Err(End::Renewed) => return None,
                Err(End::Refused(reason)) => return self.refused(reason).await,
            }
            if self.figures.has_changed().unwrap_or(false) || self.said.is_empty() {
                self.figures.borrow_and_update();
                if let Some(text) = self.text().filter(|text| *text != self.said) {
                    let event = Event::default().event(FIGURES).data(&text);
                    self.said = text;
                    return Some((Ok(event), self));
                }
            }
            tokio::select! {
                _ = self.closing.wait_for(|closing| *closing) => return None,
                changed = self.world.changed() => changed.ok()?,
                changed = self.figures.changed() => {
                    changed.ok()?;
                    self.figures.mark_changed();
                }
            }
        }
        None
    }

    /// Decides again with the newest World, and shows what follows as of now.
    fn still_permitted(&mut self) -> Result<(), End> {
        let world = Arc::clone(&self.world.borrow_and_update());
        let now = (self.context.site.clock)();
        let Some(session) = world.live_session(&self.opened.id, now) else {
            let is_there = world.session(&self.opened.id).is_some();
            return Err(End::Refused(if is_there { "session-expired" } else { "session-ended" }.to_owned()));
        };
        if session.rotation != self.opened.rotation {
            return Err(End::Renewed);
        }
        self.person.session = Arc::clone(session);
        self.context.person = Some(self.person.clone());
        (self.context.world, self.context.now) = (world, now);
        access::still_reads_console(&self.context, &self.person).map_err(End::Refused)
    }

    fn text(&self) -> Option<String> {
        let page = Page { path: "/console".to_owned(), ..self.context.page_with_times() };
        let shown = Shown::of(&self.context, &page);
        let text = ShownPart { page, shown: &shown }.render();
        text.map_err(|error| tracing::error!(%error, "the overview could not be rendered")).ok()
    }

    /// Records the cut, and tells the page.
    async fn refused(mut self, reason: String) -> Option<(Result<Event, Infallible>, Self)> {
        let (now, world) = ((self.context.site.clock)(), Arc::clone(&self.world.borrow()));
        let end = StreamEnd {
            at: now,
            request: self.context.peer.request.clone(),
            subject: self.person.id.to_string(),
            session: self.opened.id,
            resource: CONSOLE.to_owned(),
            reason,
            world: world.revision(),
            delay_ms: Some(delay(&world, now)),
            carried: None,
        };
        if let Err(error) = self.context.site.ledger.append(Record::StreamEnd(end)).await {
            tracing::error!(%error, "the end of a live page could not be recorded");
        }
        self.is_over = true;
        Some((Ok(Event::default().event(ENDED).data("")), self))
    }
}

/// How long ago the World was published that permits it no longer.
fn delay(world: &World, now: Timestamp) -> u64 {
    u64::try_from(now.since(world.published_at()).as_millis()).unwrap_or_default()
}
