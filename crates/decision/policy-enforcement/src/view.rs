//! What a page or a problem document says of a refusal.

use http::StatusCode;
use sekisho_model::{RequestId, Text, Timestamp};

use crate::{ReasonView, Refusal, RefusalKind, RemedyView};

/// Everything that the denial page, the problem document and the helpdesk need to say the same thing.
#[derive(Debug, Clone)]
pub struct RefusalView {
    /// The status of the response.
    pub status: StatusCode,
    /// The stable name of what happened.
    pub kind: RefusalKind,
    /// The request's identifier, to find the decision by.
    pub request: RequestId,
    /// When.
    pub at: Timestamp,
    /// The resource's name, once it was known which one.
    pub resource: Option<Text>,
    /// What happened, in one sentence.
    pub summary: Text,
    /// Why, most important first. Never empty.
    pub reasons: Vec<ReasonView>,
    /// What to do now. May be empty: some denials nobody but an administrator can change.
    pub remedies: Vec<RemedyView>,
    /// Where to sign in, or to sign in more strongly, and come back.
    pub sign_in: Option<String>,
    /// The portal.
    pub portal: String,
    /// The name of the person who is signed in, where a decision knew it.
    pub person: Option<String>,
}

impl RefusalView {
    /// The view of a refusal.
    #[must_use]
    pub fn new(refusal: &Refusal, request: RequestId, at: Timestamp, sign_in: Option<String>, portal: String) -> Self {
        let summary = summary(refusal.kind());
        let explanation = refusal.explanation().cloned().unwrap_or_default();
        let mut reasons = explanation.reasons;
        if let Refusal::Malformed(rule) = refusal {
            reasons.push(ReasonView { code: format!("{rule:?}").to_ascii_lowercase(), text: text_of(*rule) });
        }
        if let Refusal::UpstreamBroken(_, Some(broken)) = refusal {
            reasons.push(ReasonView { code: broken.code().to_owned(), text: broken.text() });
        }
        if let Refusal::NotAsDescribed(_, violation) = refusal {
            reasons.push(ReasonView { code: violation.kind.code().to_owned(), text: violation.text.clone() });
        }
        if reasons.is_empty() {
            reasons.push(ReasonView { code: refusal.kind().code().to_owned(), text: summary.clone() });
        }
        Self {
            status: refusal.status(),
            kind: refusal.kind(),
            request,
            at,
            resource: refusal.resource().map(|resource| resource.name.clone()),
            summary,
            reasons,
            remedies: explanation.remedies,
            sign_in,
            portal,
            person: explanation.person,
        }
    }

    /// The body of an RFC 9457 problem document (`application/problem+json`).
    #[must_use]
    pub fn problem(&self) -> serde_json::Value {
        let mut problem = serde_json::json!({
            "type": format!("urn:sekisho:problem:{}", self.kind.code()),
            "title": self.summary.en,
            "status": self.status.as_u16(),
            "detail": self.reasons.first().map(|reason| reason.text.en.clone()),
            "instance": format!("urn:sekisho:request:{}", self.request),
            "request": self.request.as_str(),
            "reasons": self.reasons.iter().map(|reason| said(&reason.code, &reason.text, None)).collect::<Vec<_>>(),
            "remedies": self.remedies.iter()
                .map(|remedy| said(&remedy.code, &remedy.text, remedy.url.as_deref())).collect::<Vec<_>>(),
        });
        if let (Some(fields), Some(sign_in)) = (problem.as_object_mut(), &self.sign_in) {
            fields.insert("sign_in".to_owned(), sign_in.as_str().into());
        }
        problem
    }
}

fn said(code: &str, text: &Text, url: Option<&str>) -> serde_json::Value {
    let mut value = serde_json::json!({ "code": code, "text": text.en, "text_ja": text.ja });
    if let (Some(fields), Some(url)) = (value.as_object_mut(), url) {
        fields.insert("url".to_owned(), url.into());
    }
    value
}

fn text_of(rule: crate::Malformed) -> Text {
    Text::new(&rule.to_string(), rule.in_japanese())
}

fn summary(kind: RefusalKind) -> Text {
    match kind {
        RefusalKind::Malformed => Text::new(
            "This request was not well formed, so it was not passed on.",
            "リクエストの形式が正しくないため、転送しませんでした。",
        ),
        RefusalKind::Misdirected => Text::new(
            "This request came over a connection that was opened for another host.",
            "このリクエストは、別のホスト向けに開かれた接続で届きました。",
        ),
        RefusalKind::UnknownHost => {
            Text::new("There is no application at this address.", "このアドレスにアプリケーションはありません。")
        }
        RefusalKind::NotServed => {
            Text::new("This resource cannot be opened in a browser.", "このリソースはブラウザーでは開けません。")
        }
        RefusalKind::SignInRequired => Text::new("Sign in to continue.", "続けるにはサインインしてください。"),
        RefusalKind::Challenged => Text::new(
            "This needs a stronger or more recent sign-in.",
            "より強い、またはより新しいサインインが必要です。",
        ),
        RefusalKind::Denied => Text::new("Access was denied.", "アクセスは拒否されました。"),
        RefusalKind::NotRecorded => Text::new(
            "Access was denied because the decision could not be recorded.",
            "判定を記録できなかったため、アクセスを拒否しました。",
        ),
        RefusalKind::Disputed => Text::new(
            "Access was denied because two checks of the policy disagreed.",
            "ポリシーの二つの評価が一致しなかったため、アクセスを拒否しました。",
        ),
        RefusalKind::WorldExpired => Text::new(
            "Access is paused: the gateway has not heard from the control plane for too long.",
            "アクセスを一時停止しています。制御部からの更新が長く届いていません。",
        ),
        RefusalKind::HandoffFailed => Text::new(
            "The sign-in was not completed. Go on, and allow cookies for this address if this page comes again.",
            "サインインが完了しませんでした。「次へ」を押してください。このページが再び表示される場合は、このアドレスの Cookie を許可してください。",
        ),
        RefusalKind::UpstreamUnreachable => {
            Text::new("The application cannot be reached.", "アプリケーションに接続できません。")
        }
        RefusalKind::UpstreamBusy => Text::new(
            "The application is busy. Try again in a moment.",
            "アプリケーションが混み合っています。少し待ってからもう一度お試しください。",
        ),
        RefusalKind::TooManyExchanges => Text::new(
            "Your sign-in has too many requests and tunnels open at once. Close some, or try again in a few seconds.",
            "このサインインで同時に開いているリクエストとトンネルが多すぎます。いくつか閉じるか、数秒後にもう一度お試しください。",
        ),
        RefusalKind::Exhausted => Text::new(
            "The gateway has too many connections open to applications. Try again in a few seconds.",
            "ゲートウェイからアプリケーションへの接続が多すぎます。数秒後にもう一度お試しください。",
        ),
        RefusalKind::UpstreamTimedOut => {
            Text::new("The application did not answer in time.", "アプリケーションが時間内に応答しませんでした。")
        }
        RefusalKind::UpstreamBroken => {
            Text::new("The application gave a broken answer.", "アプリケーションの応答が壊れていました。")
        }
        RefusalKind::UpstreamWithoutWebSockets => Text::new(
            "The application is reached over HTTP/2, and WebSockets are passed on over HTTP/1.1 only. Its administrator can set `protocol = \"http1\"` for its upstream.",
            "このアプリケーションには HTTP/2 で接続していますが、WebSocket は HTTP/1.1 でのみ転送します。管理者はアップストリームに `protocol = \"http1\"` を設定できます。",
        ),
        RefusalKind::NotAsDescribed => Text::new(
            "The request is not what the API describes, so it was not passed on.",
            "リクエストが API 文書の記述に合わないため、転送しませんでした。",
        ),
        RefusalKind::CallerUnknown => Text::new(
            "Whoever asks for this decision has not proven to be an enforcement point.",
            "この判定を求めた相手は、登録済みの実施点であることを証明していません。",
        ),
        RefusalKind::NotAssigned => Text::new(
            "This enforcement point may not ask for what is at this address.",
            "この実施点は、このアドレスについての判定を求めることができません。",
        ),
        RefusalKind::TooSlow => Text::new("The request arrived too slowly.", "リクエストの到着が遅すぎました。"),
        RefusalKind::NoSuchPage => Text::new("There is no such page.", "このページはありません。"),
        RefusalKind::MethodNotAllowed => {
            Text::new("This page cannot be asked for in this way.", "このページはこの方法では要求できません。")
        }
        RefusalKind::Crowded => Text::new(
            "Too many connections come from people who are not signed in. Try again in a few seconds.",
            "サインインしていない接続が多すぎます。数秒後にもう一度お試しください。",
        ),
        RefusalKind::TooManyDenials => Text::new(
            "Access was denied, as it was many times within a short time. Wait before you try again.",
            "短時間に何度もアクセスが拒否されています。しばらく待ってからお試しください。",
        ),
    }
}
