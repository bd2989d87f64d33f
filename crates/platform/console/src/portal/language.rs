//! The choice of a language.

use axum::Form;
use axum::response::Response;
use serde::Deserialize;

use crate::answer::{self, with_cookie};
use crate::cookies;
use crate::guard::Access;
use crate::onward::Onward;
use crate::problem::Problem;
use crate::routes::Routes;

const A_YEAR: u32 = 365 * 24 * 3600;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.post("/language", Access::Anyone, choose)
}

#[derive(Deserialize)]
struct Choice {
    language: String,
    #[serde(rename = "return")]
    return_to: Option<String>,
}

async fn choose(Form(choice): Form<Choice>) -> Result<Response, Problem> {
    let language = match choice.language.as_str() {
        "en" => "en",
        "ja" => "ja",
        _ => return Err(Problem::Malformed),
    };
    let back = answer::see_other(Onward::to_portal(choice.return_to).path());
    Ok(with_cookie(back, &cookies::set_for(cookies::LANGUAGE, language, A_YEAR)))
}
