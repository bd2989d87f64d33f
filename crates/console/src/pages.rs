//! Pages that the gateway shows on application hosts: denials and challenges.

use askama::Template;
use sekisho_model::{Language, Outcome};
use sekisho_policy_enforcement::{RefusalKind, RefusalView};

use crate::page::{Page, Section};
use crate::verdict::Verdict;

/// A denial or challenge.
#[derive(Template)]
#[template(path = "refusal.html")]
pub(crate) struct RefusalPage {
    pub(crate) page: Page,
    pub(crate) title: String,
    pub(crate) verdict: Verdict,
    pub(crate) resource: Option<String>,
    pub(crate) reasons: Vec<String>,
    pub(crate) remedies: Vec<RemedyLine>,
    pub(crate) action: Option<(String, &'static str)>,
    pub(crate) request: String,
}

/// A remedy, with the page that helps where there is one.
pub(crate) struct RemedyLine {
    pub(crate) text: String,
    pub(crate) href: Option<String>,
}

/// The page of a refusal, in a language. It holds no script and no form, and takes its stylesheet from the portal.
#[must_use]
pub fn refusal(view: &RefusalView, language: Language) -> String {
    let portal = view.portal.trim_end_matches('/').to_owned();
    let text = |text: &sekisho_model::Text| text.in_language(language).to_owned();
    let remedy =
        |one: &sekisho_policy_enforcement::RemedyView| RemedyLine { text: text(&one.text), href: one.url.clone() };
    let shown = RefusalPage {
        page: Page {
            language,
            assets: format!("{portal}/assets"),
            home: format!("{portal}/"),
            csrf: String::new(),
            path: "/".to_owned(),
            user: None,
            administrator: false,
            section: Section::Portal,
            notice: None,
            scripts: &[],
            shows_times: false,
            offset_minutes: 0,
        },
        title: text(&view.summary),
        verdict: Verdict(outcome(view.kind)),
        resource: view.resource.as_ref().map(text),
        reasons: view.reasons.iter().map(|reason| text(&reason.text)).collect(),
        remedies: view.remedies.iter().map(remedy).collect(),
        action: view.sign_in.clone().map(|href| (href, "sign-in")),
        request: view.request.to_string(),
    };
    // A page that cannot be rendered still says what happened and how to ask about it.
    shown.render().unwrap_or_else(|_| view.request.to_string())
}

/// The `Content-Security-Policy` of that page.
#[must_use]
pub fn refusal_policy(view: &RefusalView) -> String {
    let portal = view.portal.trim_end_matches('/');
    format!(
        "default-src 'none'; style-src {portal}; img-src {portal}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
}

fn outcome(kind: RefusalKind) -> Outcome {
    match kind {
        RefusalKind::SignInRequired | RefusalKind::Challenged => Outcome::Challenge,
        _ => Outcome::Deny,
    }
}
