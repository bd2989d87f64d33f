//! What the gateway says to a person at a terminal, in their language.

use std::fmt;

use http::StatusCode;
use sekisho_model::{Language, Text, is_shown};
use serde_json::Value;

/// The language of this terminal: what `LC_ALL`, `LC_MESSAGES` or `LANG` says first.
#[must_use]
pub fn language() -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        (!value.is_empty()).then_some(value)
    });
    if set.is_some_and(|value| value.starts_with("ja")) { Language::Japanese } else { Language::English }
}

/// A tunnel or a sign-in that was not permitted: why, what helps, and the request to ask the helpdesk about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The stable name of what happened.
    pub code: String,
    status: StatusCode,
    title: String,
    reasons: Vec<Text>,
    remedies: Vec<(Text, Option<String>)>,
    request: String,
    /// The services that the person may connect to, when the requested name is not a service.
    pub(crate) services: Option<Vec<String>>,
}

impl Denial {
    /// Reads a problem document.
    pub(crate) fn read(problem: &Value, status: StatusCode, request: String) -> Self {
        let text = |name: &str| problem.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let list = |name: &str| problem.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let url = |one: &Value| one.get("url").and_then(Value::as_str).map(plain);
        Self {
            code: text("type").rsplit(':').next().unwrap_or_default().to_owned(),
            status,
            title: plain(&text("title")),
            reasons: list("reasons").iter().map(said).collect(),
            remedies: list("remedies").iter().map(|one| (said(one), url(one))).collect(),
            request,
            services: None,
        }
    }

    /// Whether there is no service of the name that was asked for.
    pub(crate) fn is_of_an_unknown_name(&self) -> bool {
        self.code == "unknown-host"
    }

    /// Whether signing in (again) is what is missing.
    #[must_use]
    pub fn needs_sign_in(&self) -> bool {
        matches!(self.code.as_str(), "sign-in-required" | "stronger-sign-in-required")
    }

    /// Whether the service, and not the policy, is why.
    #[must_use]
    pub fn is_of_the_service(&self) -> bool {
        self.status.is_server_error()
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let language = language();
        let own = |text: Text| text.in_language(language).to_owned();
        if self.is_of_an_unknown_name() {
            let hint = Text::new("There is no TCP service of that name.", "その名前の TCP サービスはありません。");
            f.write_str(&own(hint))?;
            match self.services.as_deref() {
                None => {}
                Some([]) => {
                    let none = Text::new("There is none that you may connect to.", "接続できるサービスはありません。");
                    write!(f, "\n  {}", own(none))?;
                }
                Some(services) => {
                    let these = Text::new("You may connect to: ", "接続できるサービス：");
                    write!(f, "\n  {}{}", own(these), services.join(", "))?;
                }
            }
            return write!(f, "\n  {} {}", own(Text::new("request", "リクエスト番号")), self.request);
        }
        match self.reasons.as_slice() {
            [] if self.title.is_empty() => write!(f, "{}", self.status)?,
            [] => f.write_str(&self.title)?,
            reasons => {
                let lines: Vec<&str> = reasons.iter().map(|reason| reason.in_language(language)).collect();
                f.write_str(&lines.join("\n  "))?;
            }
        }
        for (remedy, url) in &self.remedies {
            write!(f, "\n  → {}", remedy.in_language(language))?;
            if let Some(url) = url {
                write!(f, " {url}")?;
            }
        }
        if self.needs_sign_in() {
            let hint = Text::new(
                "Sign in at the portal as strongly as is needed, then run `sekisho login`.",
                "ポータルで必要な強さのサインインを行い、`sekisho login` を実行してください。",
            );
            write!(f, "\n  → {}", own(hint))?;
        }
        write!(f, "\n  {} {}", own(Text::new("request", "リクエスト番号")), self.request)
    }
}

/// A tunnel that was cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The stable code of why.
    pub code: String,
    why: Text,
    request: String,
}

impl Cut {
    pub(crate) fn read(said_by_gateway: &Value) -> Option<Self> {
        let text = |name: &str| said_by_gateway.get(name).and_then(Value::as_str).map(plain);
        Some(Self { code: text("reason")?, why: said(said_by_gateway), request: text("request")? })
    }

    /// What the code of a reset says when nobody can be asked. `None` where it says no more than that something broke.
    pub(crate) fn untold(code: h2::Reason, request: &str) -> Option<Self> {
        let (code, why) = match code {
            h2::Reason::NO_ERROR => (
                "gateway-restarted",
                Text::new(
                    "The gateway was restarted, and this tunnel did not end in time. Connect again.",
                    "ゲートウェイが再起動されました。このトンネルは時間内に終わらなかったため切断されました。もう一度接続してください。",
                ),
            ),
            h2::Reason::CANCEL => (
                "not-permitted",
                Text::new(
                    "It is permitted no longer. The gateway is being replaced and could not be asked why: connect again, and it says so.",
                    "許可されなくなりました。ゲートウェイの入れ替え中のため理由を確認できませんでした。もう一度接続すると理由が表示されます。",
                ),
            ),
            _ => return None,
        };
        Some(Self { code: code.to_owned(), why, request: request.to_owned() })
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let language = language();
        let (cut, request) = match language {
            Language::English => ("the tunnel was cut", "request"),
            Language::Japanese => ("トンネルは切断されました", "リクエスト番号"),
        };
        write!(f, "{cut} ({}): {}\n  {request} {}", self.code, self.why.in_language(language), self.request)
    }
}

fn said(value: &Value) -> Text {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(plain);
    Text { en: text("text").unwrap_or_default(), ja: text("text_ja") }
}

/// Without what could steer a terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|c| is_shown(*c)).take(1000).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_denial_says_why_and_what_helps_and_steers_no_terminal() {
        let problem = json!({
            "type": "urn:sekisho:problem:access-denied", "title": "Access was denied.",
            "reasons": [{ "code": "x", "text": "Only \u{1b}[31mfinance.", "text_ja": "経理だけ。" }],
            "remedies": [{ "code": "y", "text": "Ask.", "url": "https://portal/devices" }],
        });
        let denial = Denial::read(&problem, StatusCode::FORBIDDEN, "R1".to_owned());
        let text = denial.to_string();
        assert!(text.contains("Ask. https://portal/devices") && text.contains("R1"), "{text}");
        assert!(!text.contains('\u{1b}') && !denial.needs_sign_in() && !denial.is_of_the_service());
        let empty = Denial::read(&Value::Null, StatusCode::BAD_GATEWAY, String::new());
        assert!(empty.is_of_the_service() && empty.to_string().contains("502"));
    }
}
