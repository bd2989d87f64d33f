//! The pages: the form of a request, everybody's own requests with those that they may answer, and the list in the console.

use sekisho_capability::{ActSpec, Services};
use sekisho_model::Language;
use sekisho_web::{Group, Pages, Place, Problem, RequestContext};

use crate::{REQUESTS_READ, RequestRefusal, Requests, console, form, portal};

pub(crate) type Context = RequestContext<Requests>;
pub(crate) type Routes = sekisho_web::Routes<Requests>;

/// Three pages with their texts.
#[must_use]
pub const fn pages<S: AsRef<Services>>() -> Pages<S> {
    Pages {
        name: "access-requests",
        routes: |state| routes().with(Requests::new(AsRef::<Services>::as_ref(state).clone())),
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

/// The routes of the pages.
#[must_use]
pub fn routes() -> sekisho_web::Routes<Requests> {
    [form::routes, portal::routes, console::routes].into_iter().fold(Routes::new(), |routes, add| add(routes))
}

const READ: ActSpec = REQUESTS_READ;
const PLACES: &[Place] = &[
    Place::of_portal(portal::PATH, "nav-requests"),
    Place::of_console(Group::Access, console::PATH, "place-requests", READ),
];

/// Why an act was not done, as a page tells it.
pub(crate) fn refused(context: &Context, refusal: &RequestRefusal) -> Problem {
    let Some(key) = refusal.key() else {
        if matches!(refusal, RequestRefusal::NotFound) {
            return Problem::NotFound;
        }
        tracing::error!(%refusal, "a request for access could not be changed");
        return Problem::Unavailable;
    };
    let mut text = text(context, key);
    if let RequestRefusal::NotApprover(reasons) = refusal {
        for reason in reasons {
            text.en = format!("{} {}", text.en, reason.en);
            text.ja = text.ja.map(|ja| format!("{ja}{}", reason.in_language(Language::Japanese)));
        }
    }
    Problem::refused(refusal.status(), text)
}

fn text(context: &Context, key: &str) -> sekisho_model::Text {
    let say = |language| context.site.contents.texts.say(language, key);
    sekisho_model::Text { en: say(Language::English), ja: Some(say(Language::Japanese)) }
}
