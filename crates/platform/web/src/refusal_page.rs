//! The page of a denial or a challenge, which the gateway shows on application hosts.

use std::sync::Arc;

use askama::Template;
use sekisho_model::{Language, Outcome, Text, TimeZone};
use sekisho_policy_enforcement::{ReasonView, RefusalKind, RefusalView, RemedyView};

use crate::navigation::Section;
use crate::page::Page;
use crate::texts::Texts;
use crate::verdict::Verdict;
use crate::{asset_files, messages};

/// A denial or challenge.
#[derive(Template)]
#[template(path = "refusal.html")]
pub(crate) struct RefusalPage {
    pub(crate) page: Page,
    pub(crate) section: RefusalSection,
    /// The same in the other language, on a host that cannot remember which language the person chose.
    pub(crate) other: Option<RefusalSection>,
    pub(crate) request: String,
}

/// The refusal in one language.
pub(crate) struct RefusalSection {
    pub(crate) language: Language,
    pub(crate) title: String,
    pub(crate) verdict: Verdict,
    pub(crate) resource: Option<String>,
    pub(crate) reasons: Vec<String>,
    pub(crate) remedies: Vec<RemedyLine>,
    pub(crate) action: Option<(String, &'static str)>,
}

impl RefusalSection {
    /// The text behind a key.
    pub(crate) fn say(&self, key: &str) -> String {
        messages::say(self.language, key)
    }
}

/// A remedy, with the page that helps where there is one.
pub(crate) struct RemedyLine {
    pub(crate) text: String,
    pub(crate) href: Option<String>,
    pub(crate) label: &'static str,
}

/// The page of a refusal, in one language and, behind a link, in the other. It has no script and no form, and loads its
/// stylesheet from the portal.
#[must_use]
pub fn html(view: &RefusalView, language: Language) -> String {
    let portal = view.portal.trim_end_matches('/').to_owned();
    let other = match language {
        Language::English => Language::Japanese,
        Language::Japanese => Language::English,
    };
    let shown = RefusalPage {
        page: Page {
            language,
            assets: format!("{portal}{}", asset_files::folder()),
            home: format!("{portal}/"),
            csrf: String::new(),
            path: "/".to_owned(),
            user: view.person.clone(),
            administrator: false,
            section: Section::Portal,
            places: Vec::new(),
            texts: Texts::default(),
            switch: None,
            notice: None,
            scripts: &[],
            shows_times: false,
            time_zone: Arc::new(TimeZone::fixed(0)),
            now: view.at,
        },
        section: section(view, language),
        other: Some(section(view, other)),
        request: view.request.to_string(),
    };
    // A page that cannot be rendered still says what happened and how to ask about it.
    shown.render().unwrap_or_else(|_| view.request.to_string())
}

fn section(view: &RefusalView, language: Language) -> RefusalSection {
    let text = |text: &Text| text.in_language(language).to_owned();
    // That no policy permits says whom to ask: it is said where nothing else helps.
    let says_more =
        |one: &&ReasonView| one.code != "no-policy-permits" || view.reasons.len() == 1 || view.remedies.is_empty();
    let remedy = |one: &RemedyView| RemedyLine { text: text(&one.text), href: one.url.clone(), label: label(one) };
    RefusalSection {
        language,
        title: text(&view.summary),
        verdict: Verdict(outcome(view.kind)),
        resource: view.resource.as_ref().map(text),
        reasons: view.reasons.iter().filter(says_more).map(|reason| text(&reason.text)).collect(),
        remedies: view.remedies.iter().map(remedy).collect(),
        action: view.sign_in.clone().map(|href| (href, action(view.kind))),
    }
}

/// The `Content-Security-Policy` of that page.
#[must_use]
pub fn content_security_policy(view: &RefusalView) -> String {
    let portal = view.portal.trim_end_matches('/');
    format!(
        "default-src 'none'; style-src {portal}; img-src {portal}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// What the page that helps is called.
fn label(remedy: &RemedyView) -> &'static str {
    let is_request = remedy.url.as_ref().is_some_and(|url| url.contains("/request/"));
    if is_request { "request-access" } else { "open-my-devices" }
}

/// What the way on is called.
const fn action(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::HandoffFailed => "continue",
        _ => "sign-in",
    }
}

fn outcome(kind: RefusalKind) -> Outcome {
    match kind {
        RefusalKind::SignInRequired | RefusalKind::Challenged => Outcome::Challenge,
        _ => Outcome::Deny,
    }
}
