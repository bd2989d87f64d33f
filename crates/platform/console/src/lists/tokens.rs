//! Everybody's API tokens: whose they are, what they may do, and when they were last used.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_control_plane::acts::tokens::{Reach, TokenView};
use sekisho_web::list::{Asked, Column, Filter, List};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer};

use crate::listing::{Pairs, at_hand, begins, typed, values};
use crate::{Context, Routes, acts, administrator, refused};

const PATH: &str = "/console/tokens";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, Access::Act(table::TOKENS_READ), list)
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    page: Page,
    list: List,
    rows: Vec<Row>,
}

struct Row {
    token: TokenView,
    roles: String,
}

async fn list(context: Context, Query(query): Query<Pairs>) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, &["state"]);
    let (wanted, state) = (typed(&asked), asked.get("state"));
    let acts = acts(&context);
    let by = acts.by(administrator(&context)?, context.now);
    let all = by.list_tokens(&context.world, Reach::Everybody).await.map_err(refused)?;
    let fits = |token: &TokenView| {
        let in_state = match state {
            Some("accepted") => token.refused.is_none(),
            Some("refused") => token.refused.is_some(),
            _ => true,
        };
        in_state && begins(wanted.as_ref(), [token.id.as_str(), token.owner.as_str()])
    };
    let found = all.into_iter().filter(fits).collect();
    let (rows, around) = at_hand(&asked, found, |token: &TokenView| token.id.to_string(), |name| Some(name.to_owned()));
    let page = context.page_with_times();
    let states = values(&page, &[("accepted", "token-accepted"), ("refused", "token-refused")]);
    let filters = vec![Filter::new(&asked, "state", page.say("state"), &states)];
    let columns = ["token", "state", "owner", "roles", "token-last-used", "ends"].map(Column::new).into();
    let row = |token: TokenView| Row {
        roles: token.roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        token,
    };
    let rows = rows.into_iter().map(row).collect();
    answer::html(&TokensPage { list: around.list(asked, filters, columns), rows, page })
}
