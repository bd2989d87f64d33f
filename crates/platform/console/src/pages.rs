//! Pages that the gateway shows on application hosts: denials and challenges.

use askama::Template;
use sekisho_model::{Language, Outcome, Text};
use sekisho_policy_enforcement::{RefusalKind, RefusalView, RemedyView};

use crate::messages;
use crate::page::{Page, Section};
use crate::verdict::Verdict;

/// A denial or challenge.
#[derive(Template)]
#[template(path = "refusal.html")]
pub(crate) struct RefusalPage {
    pub(crate) page: Page,
    pub(crate) told: Told,
    /// The same in the other language, for a page that can ask nobody to remember which one is wanted.
    pub(crate) other: Option<Told>,
    pub(crate) request: String,
}

/// What the page says, in one language.
pub(crate) struct Told {
    pub(crate) language: Language,
    pub(crate) title: String,
    pub(crate) verdict: Verdict,
    pub(crate) resource: Option<String>,
    pub(crate) reasons: Vec<String>,
    pub(crate) remedies: Vec<RemedyLine>,
    pub(crate) action: Option<(String, &'static str)>,
}

impl Told {
    /// The text behind a key.
    pub(crate) fn say(&self, key: &str) -> String {
        messages::say(self.language, key)
    }
}

/// A remedy, with the page that helps where there is one.
pub(crate) struct RemedyLine {
    pub(crate) text: String,
    pub(crate) href: Option<String>,
}

/// The page of a refusal, in a language and, at a link, in the other one. It holds no script and no form, and takes its stylesheet from the portal.
#[must_use]
pub fn refusal(view: &RefusalView, language: Language) -> String {
    let portal = view.portal.trim_end_matches('/').to_owned();
    let other = match language {
        Language::English => Language::Japanese,
        Language::Japanese => Language::English,
    };
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
        told: told(view, language),
        other: Some(told(view, other)),
        request: view.request.to_string(),
    };
    // A page that cannot be rendered still says what happened and how to ask about it.
    shown.render().unwrap_or_else(|_| view.request.to_string())
}

fn told(view: &RefusalView, language: Language) -> Told {
    let text = |text: &Text| text.in_language(language).to_owned();
    let remedy = |one: &RemedyView| RemedyLine { text: text(&one.text), href: one.url.clone() };
    Told {
        language,
        title: text(&view.summary),
        verdict: Verdict(outcome(view.kind)),
        resource: view.resource.as_ref().map(text),
        reasons: view.reasons.iter().map(|reason| text(&reason.text)).collect(),
        remedies: view.remedies.iter().map(remedy).collect(),
        action: view.sign_in.clone().map(|href| (href, "sign-in")),
    }
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
