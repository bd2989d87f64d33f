//! Searches: who may do this with that, with what may they do it, and what may they do with it.
//!
//! An answer lists what the engine would permit now. It is no permit for any of it, and it is recorded as one act.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_gateway::Searcher;
use sekisho_model::Action;
use sekisho_policy_enforcement::{Application, Stated};
use serde::Deserialize;
use serde_json::{Value, json};

use super::evaluation::{Asked, Context, Named, NamedAction};
use super::naming;
use super::wrong::Wrong;

/// The most results of one page.
const MOST_RESULTS: usize = 1000;
/// The most candidates that one page looks at: what is left is for the next page.
const MOST_CANDIDATES: usize = 2000;

/// What is searched for: only its type is known.
#[derive(Debug, Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Default, Deserialize)]
struct Page {
    token: Option<String>,
    limit: Option<usize>,
}

/// A search for subjects.
#[derive(Debug, Deserialize)]
pub(super) struct SubjectSearch {
    subject: Kind,
    action: NamedAction,
    resource: Named,
    #[serde(default)]
    context: Context,
    #[serde(default)]
    page: Page,
}

/// A search for resources.
#[derive(Debug, Deserialize)]
pub(super) struct ResourceSearch {
    subject: Named,
    action: NamedAction,
    resource: Kind,
    #[serde(default)]
    context: Context,
    #[serde(default)]
    page: Page,
}

/// A search for actions.
#[derive(Debug, Deserialize)]
pub(super) struct ActionSearch {
    subject: Named,
    resource: Named,
    #[serde(default)]
    context: Context,
    #[serde(default)]
    page: Page,
}

/// What was found on one page, and the name to go on after.
type Found = (Vec<String>, Option<String>);

pub(super) async fn subjects(asked: &Asked<'_>, search: SubjectSearch) -> Result<Value, Wrong> {
    let kind = search.subject.kind.clone();
    let (found, next) = asked.search(move |over| over.subjects(&search)).await?;
    let results: Vec<Value> = found.iter().map(|id| json!({ "type": kind, "id": id })).collect();
    asked.listed("subject-search", results, next).await
}

pub(super) async fn resources(asked: &Asked<'_>, search: ResourceSearch) -> Result<Value, Wrong> {
    let kind = search.resource.kind.clone();
    let (found, next) = asked.search(move |over| over.resources(&search)).await?;
    let results: Vec<Value> = found.iter().map(|id| json!({ "type": kind, "id": id })).collect();
    asked.listed("resource-search", results, next).await
}

pub(super) async fn actions(asked: &Asked<'_>, search: ActionSearch) -> Result<Value, Wrong> {
    let (found, next) = asked.search(move |over| over.actions(&search)).await?;
    let results: Vec<Value> = found.iter().map(|name| json!({ "name": name })).collect();
    asked.listed("action-search", results, next).await
}

/// One candidate of a search.
struct Ask<'a> {
    stated: Stated<'a>,
    place: Application,
    action: Action,
}

/// A search on its own thread.
struct Over {
    searcher: Searcher,
    address: IpAddr,
}

impl Over {
    fn subjects(&self, search: &SubjectSearch) -> Result<Found, Wrong> {
        let (point, world) = (self.searcher.caller().point(), self.searcher.world());
        let place = naming::resource(point, world, &search.resource.kind, &search.resource.id);
        let candidates = match (place, naming::action(point, &search.action.name)) {
            (Some(place), Some(action)) if search.subject.kind == naming::USER => {
                let users = world.users().map(|user| (world.id(user), user));
                let named = users.map(|(id, user)| (naming::name_of_user(point, &id), Stated::User(user)));
                named.map(|(name, stated)| (name, Ask { stated, place: place.clone(), action })).collect()
            }
            _ => Vec::new(),
        };
        self.find(&search.context, &search.page, candidates)
    }

    fn resources(&self, search: &ResourceSearch) -> Result<Found, Wrong> {
        let (point, world) = (self.searcher.caller().point(), self.searcher.world());
        let candidates = match (self.stated(&search.subject), naming::action(point, &search.action.name)) {
            (Some(stated), Some(action)) => {
                let places = naming::resources(point, world, &search.resource.kind).into_iter();
                places.map(|(name, place)| (name, Ask { stated, place, action })).collect()
            }
            _ => Vec::new(),
        };
        self.find(&search.context, &search.page, candidates)
    }

    fn actions(&self, search: &ActionSearch) -> Result<Found, Wrong> {
        let (point, world) = (self.searcher.caller().point(), self.searcher.world());
        let place = naming::resource(point, world, &search.resource.kind, &search.resource.id);
        let candidates = match (self.stated(&search.subject), place) {
            (Some(stated), Some(place)) => {
                let actions = naming::actions(point).into_iter();
                actions.map(|(name, action)| (name, Ask { stated, place: place.clone(), action })).collect()
            }
            _ => Vec::new(),
        };
        self.find(&search.context, &search.page, candidates)
    }

    fn stated<'a>(&self, subject: &'a Named) -> Option<Stated<'a>> {
        match subject.kind.as_str() {
            naming::SESSION => Some(Stated::Session(&subject.id)),
            kind => {
                let (point, world) = (self.searcher.caller().point(), self.searcher.world());
                naming::user(point, world, kind, &subject.id).map(Stated::User)
            }
        }
    }

    /// The permitted candidates of one page, in order of name, and the name to go on after.
    fn find(&self, context: &Context, page: &Page, mut candidates: Vec<(String, Ask<'_>)>) -> Result<Found, Wrong> {
        let after = page.token.as_deref().filter(|token| !token.is_empty()).map(read_token).transpose()?;
        let limit = page.limit.unwrap_or(MOST_RESULTS).clamp(1, MOST_RESULTS);
        let address = context.ip.unwrap_or(self.address);
        candidates.sort_by(|(a, _), (b, _)| a.cmp(b));
        let rest = candidates.into_iter().filter(|(name, _)| after.as_ref().is_none_or(|after| name > after));
        let (mut found, mut last) = (Vec::new(), None);
        for (looked_at, (name, ask)) in rest.enumerate() {
            if found.len() >= limit || looked_at >= MOST_CANDIDATES {
                return Ok((found, last));
            }
            if self.searcher.would_permit(ask.stated, &ask.place, ask.action, address) {
                found.push(name.clone());
            }
            last = Some(name);
        }
        Ok((found, None))
    }
}

impl Asked<'_> {
    /// Runs a search beside the workers. Nothing is found while decisions cannot be made.
    async fn search(&self, find: impl FnOnce(&Over) -> Result<Found, Wrong> + Send + 'static) -> Result<Found, Wrong> {
        let Some(searcher) = self.decisions.searcher(self.caller, &self.world) else { return Ok((Vec::new(), None)) };
        let over = Over { searcher, address: self.address };
        self.decisions.search(move || find(&over)).await?
    }

    async fn listed(&self, act: &str, results: Vec<Value>, next: Option<String>) -> Result<Value, Wrong> {
        let detail = json!({ "results": results.len() });
        let target = format!("enforcement-point/{}", self.caller.id());
        self.decisions.record(self.caller, act, target, detail).await?;
        let token = next.map(|name| URL_SAFE_NO_PAD.encode(name)).unwrap_or_default();
        Ok(json!({ "page": { "next_token": token, "count": results.len() }, "results": results }))
    }
}

fn read_token(token: &str) -> Result<String, Wrong> {
    let wrong = || Wrong::field("page.token", &"is not a `next_token` of an earlier page");
    String::from_utf8(URL_SAFE_NO_PAD.decode(token).map_err(|_| wrong())?).map_err(|_| wrong())
}
