//! Setting up an authenticator app: the secret once as a QR code and as text, then the app's first code.

use std::fmt::Write as _;

use askama::Template;
use axum::Form;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use qrcodegen::{QrCode, QrCodeEcc};
use sekisho_identity::{Failure, Secret, TotpSetup};
use sekisho_web::answer::{self, with_cookie};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem};
use serde::Deserialize;

use crate::methods::refused;
use crate::{Context, Routes, language};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .post("/methods/totp/new", Access::SignedIn, begin)
        .post("/methods/totp/confirm", Access::SignedIn, confirm)
        .post("/methods/totp/again", Access::SignedIn, again)
}

#[derive(Template)]
#[template(path = "totp_new.html")]
struct TotpPage {
    page: Page,
    state: String,
    /// The QR code as a `data:` address.
    picture: String,
    secret: Secret,
    problem: Option<String>,
}

async fn begin(context: Context) -> Result<Response, Problem> {
    let session = context.person()?.session.id;
    match context.services.identity.begin_totp(&session, context.now).await {
        Ok(setup) => shown(&context, setup, None),
        Err(failure) => refused(&context, failure).await,
    }
}

#[derive(Deserialize)]
struct ConfirmForm {
    state: String,
    code: Secret,
}

async fn confirm(context: Context, Form(form): Form<ConfirmForm>) -> Result<Response, Problem> {
    let session = context.person()?.session.id;
    match context.services.identity.finish_totp(&session, &form.state, &form.code, context.now).await {
        Ok(_) => Ok(answer::see_other("/methods?done=totp-added")),
        Err(failure @ Failure::CodeRefused) => {
            let setup = context.services.identity.totp_setup(&session, &form.state, context.now).await?;
            shown(&context, setup, Some(failure.text().in_language(context.language).to_owned()))
        }
        Err(failure) => refused(&context, failure).await,
    }
}

#[derive(Deserialize)]
struct AgainForm {
    state: String,
    language: String,
}

/// The same setup in another language.
async fn again(mut context: Context, Form(form): Form<AgainForm>) -> Result<Response, Problem> {
    let session = context.person()?.session.id;
    let (chosen, cookie) = language::chosen(&form.language)?;
    context.language = chosen;
    match context.services.identity.totp_setup(&session, &form.state, context.now).await {
        Ok(setup) => Ok(with_cookie(shown(&context, setup, None)?, &cookie)),
        Err(failure) => refused(&context, failure).await,
    }
}

fn shown(context: &Context, setup: TotpSetup, problem: Option<String>) -> Result<Response, Problem> {
    let picture = qr_code(setup.uri.expose()).ok_or(Problem::Unavailable)?;
    let switch = Some(("/methods/totp/again", setup.state.clone()));
    let page = Page { path: "/methods".to_owned(), switch, ..context.page() };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    answer::html_at(status, &TotpPage { page, state: setup.state, picture, secret: setup.secret, problem })
}

/// A QR code as a `data:` address of an SVG picture.
fn qr_code(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let border = 4;
    let size = code.size() + border * 2;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            write!(path, "M{},{}h1v1h-1z", x + border, y + border).ok()?;
        }
    }
    let picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0,0h{size}v{size}H0z\"/><path d=\"{path}\"/></svg>"
    );
    Some(format!("data:image/svg+xml;base64,{}", STANDARD.encode(picture)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_becomes_a_picture_that_needs_no_other_host() {
        let picture =
            qr_code("otpauth://totp/Sekisho:alice?secret=JBSWY3DPEHPK3PXP&issuer=Sekisho").expect("a picture");
        assert!(picture.starts_with("data:image/svg+xml;base64,"));
        assert!(!picture.contains("JBSWY3DPEHPK3PXP"));
    }
}
