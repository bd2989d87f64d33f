//! The choice of a language.

use axum::Form;
use axum::response::Response;
use sekisho_model::Language;
use sekisho_web::answer::{self, with_cookie};
use sekisho_web::{Access, Problem, cookies};
use serde::Deserialize;

use crate::Routes;
use crate::return_to::ReturnTo;

const A_YEAR: u32 = 365 * 24 * 3600;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.post("/language", Access::Anyone, choose)
}

#[derive(Deserialize)]
struct Choice {
    language: String,
    #[serde(rename = "return")]
    return_to: Option<String>,
}

async fn choose(Form(choice): Form<Choice>) -> Result<Response, Problem> {
    let (_, cookie) = chosen(&choice.language)?;
    let back = answer::see_other(ReturnTo::to_portal(choice.return_to).path());
    Ok(with_cookie(back, &cookie))
}

/// A language that a form names, and the cookie by which this browser keeps it.
pub(crate) fn chosen(name: &str) -> Result<(Language, String), Problem> {
    let language = match name {
        "en" => Language::English,
        "ja" => Language::Japanese,
        _ => return Err(Problem::Malformed),
    };
    Ok((language, cookies::set_for(cookies::LANGUAGE, language.tag(), A_YEAR)))
}
