//! The routes of the REST API: what is usual for people, and the files of places.

use axum::extract::{Path, Query};
use sekisho_capability::Services;
use sekisho_model::documents::Kind;
use sekisho_rest::{Access, Answer, Api, Call, Page, Paging, Problem, Routes, documents, route};
use serde::Deserialize;

use crate::view::{FileView, ProfileView};
use crate::{BEHAVIOUR_READ, Behaviour, Profile, stored};

/// What the routes act through.
#[derive(Clone)]
struct Reached {
    behaviour: Behaviour,
    services: Services,
}

/// The routes, for those who may look at sessions.
#[must_use]
pub const fn api<S: AsRef<Behaviour> + AsRef<Services>>() -> Api<S> {
    Api {
        name: "behaviour",
        routes: |state| {
            let behaviour = AsRef::<Behaviour>::as_ref(state).clone();
            let services = AsRef::<Services>::as_ref(state).clone();
            Routes::new()
                .add(Access::Act(BEHAVIOUR_READ), route!(list))
                .add(Access::Act(BEHAVIOUR_READ), route!(show))
                .add(Access::Act(BEHAVIOUR_READ), route!(files))
                .with(Reached { behaviour, services })
        },
    }
}

/// List what is usual for each person, and what was not.
#[utoipa::path(get, path = "/behaviour/people", tag = "behaviour", params(Paging), responses((status = 200, body = Page<ProfileView>)))]
async fn list(call: Call<Reached>, Query(paging): Query<Paging>) -> Result<Answer<Page<ProfileView>>, Problem> {
    let store = &call.services.services.store;
    let page = documents(store, Kind::BehaviourProfile, &paging, |_| true).await.map_err(Problem::failed)?;
    let profiles = page.items.into_iter().filter_map(|document| Profile::deserialize(document.body).ok());
    Ok(Answer::ok(Page {
        items: profiles.map(|profile| ProfileView::at(&profile, call.now)).collect(),
        next: page.next,
    }))
}

/// Show what is usual for a person, and what was not.
#[utoipa::path(get, path = "/behaviour/people/{user}", tag = "behaviour",
    params(("user" = String, Path, description = "The person")), responses((status = 200, body = ProfileView)))]
async fn show(call: Call<Reached>, Path(user): Path<String>) -> Result<Answer<ProfileView>, Problem> {
    let profile = stored::of(&call.services.services.store, &user).await.map_err(Problem::failed)?;
    let unknown = || Problem::not_found(format!("nothing is known of `{}`", user.escape_debug()));
    Ok(Answer::ok(ProfileView::at(&profile.ok_or_else(unknown)?, call.now)))
}

/// List the files of places.
#[utoipa::path(get, path = "/behaviour/files", tag = "behaviour", responses((status = 200, body = Page<FileView>)))]
async fn files(call: Call<Reached>) -> Answer<Page<FileView>> {
    let files = call.services.behaviour.standing().files;
    Answer::ok(Page { items: files.into_iter().map(FileView::from).collect(), next: None })
}
