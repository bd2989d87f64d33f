//! The page of the console: what is usual for people, what was not, and the files of places.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_capability::Services;
use sekisho_model::Language;
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, RequestContext, Routes, answer};
use serde::Deserialize;

use crate::view::ProfileView;
use crate::{BEHAVIOUR_READ, Behaviour, FileStanding, stored};

const PATH: &str = "/console/behaviour";
/// The most people that the page lists.
const MOST: usize = 200;

/// What the page reads.
#[derive(Clone)]
struct Reached {
    behaviour: Behaviour,
    services: Services,
}

/// One page in the console.
#[must_use]
pub const fn pages<S: AsRef<Behaviour> + AsRef<Services>>() -> Pages<S> {
    Pages {
        name: "behaviour",
        routes: |state| {
            let behaviour = AsRef::<Behaviour>::as_ref(state).clone();
            let services = AsRef::<Services>::as_ref(state).clone();
            Routes::new().get(PATH, Access::Act(BEHAVIOUR_READ), list).with(Reached { behaviour, services })
        },
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

const PLACES: &[Place] = &[Place::of_console(Group::Activity, PATH, "place-behaviour", BEHAVIOUR_READ)];

#[derive(Template)]
#[template(path = "behaviour.html")]
struct BehaviourPage {
    page: Page,
    files: Vec<FileStanding>,
    rows: Vec<ProfileView>,
    asked: String,
    is_cut: bool,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
}

/// What a signal means.
fn named(page: &Page, name: &str) -> String {
    sekisho_web::wording::signal(name, page.language)
}

/// Those with something unusual come first, then in the order of names.
async fn list(context: RequestContext<Reached>, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let Reached { behaviour, services } = &context.services;
    let asked: String = asked.q.trim().chars().take(64).collect();
    let profiles = stored::all(&services.store).await.map_err(|_| Problem::Unavailable)?;
    let found = profiles.values().filter(|profile| profile.user.contains(&asked));
    let mut rows: Vec<ProfileView> = found.map(|profile| ProfileView::at(profile, context.now)).collect();
    rows.sort_by_key(|row| row.open.is_empty());
    let is_cut = rows.len() > MOST;
    rows.truncate(MOST);
    answer::html(&BehaviourPage {
        page: context.page_with_times(),
        files: behaviour.standing().files,
        rows,
        asked,
        is_cut,
    })
}
