//! Reasons: why a request is not permitted, the fact that a person can see first.

use std::collections::BTreeSet;

use sekisho_model::facts::{ContextSlot, Fact, Slot};
use sekisho_model::{Evidence, Text, WhyUnknown};
use sekisho_policy_language::{Policies, PolicyMeta};

use crate::ask::Answer;
use crate::case::Case;
use crate::every_reading::Under;
use crate::remedies::Found;
use crate::{Reason, Step, wording};

/// How many policies of each kind are named as reasons: the nearest. The others are counted, and all that determined the decision stand
/// in its record.
const MOST_NAMED: usize = 5;

/// The reasons for an answer that is no permit.
pub(crate) fn of(policies: &Policies, case: &Case<'_>, answer: &Answer, found: &[Found]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> =
        answer.forbids.iter().take(MOST_NAMED).filter_map(|place| policies.at(*place)).map(forbidden).collect();
    let mut left = answer.forbids.len().saturating_sub(MOST_NAMED);
    if !answer.errors.is_empty() {
        let text = Text::new(
            "A policy could not be evaluated, so access is denied. Tell an administrator.",
            "ポリシーを評価できなかったため拒否されました。管理者に連絡してください。",
        );
        reasons.push(Reason { code: "policy-error".to_owned(), text });
    }
    reasons.extend(device(case, answer, found));
    reasons.extend(authentication(found));
    if answer.forbids.is_empty() && answer.errors.is_empty() {
        let unmet = unmet(policies, found);
        left = unmet.len().saturating_sub(MOST_NAMED);
        reasons.extend(unmet.into_iter().take(MOST_NAMED));
        let text = Text::new("No policy permits this.", "利用する権限がありません。管理者にお問い合わせください。");
        reasons.push(Reason { code: "no-policy-permits".to_owned(), text });
    }
    reasons.extend((left > 0).then(|| Reason { code: "more-policies".to_owned(), text: wording::more(left) }));
    reasons.extend(variant(&answer.under));
    reasons
}

/// That it was not the request as it stands that is not permitted.
fn variant(under: &Under) -> Option<Reason> {
    let (code, text) = match under {
        Under::Itself => return None,
        Under::Variant(variant) => {
            let (method, path) = (&variant.http.method, variant.http.path.escape_debug());
            let text = Text::new(
                &format!("Some servers read this request as `{method} {path}`, which is not permitted."),
                &format!("このリクエストを「{method} {path}」と解釈するサーバーがあり、それは許可されていません。"),
            );
            ("read-differently", text)
        }
        Under::TooManyReadings => (
            "too-many-readings",
            Text::new(
                "Servers read this path in too many ways.",
                "このパスはサーバーによる解釈の仕方が多すぎるため、判定できません。",
            ),
        ),
    };
    Some(Reason { code: code.to_owned(), text })
}

/// That a policy forbids.
fn forbidden(meta: &PolicyMeta) -> Reason {
    let id = &meta.id;
    let plain =
        || Text::new(&format!("The policy `{id}` forbids this."), &format!("ポリシー「{id}」により禁止されています。"));
    Reason { code: id.to_string(), text: meta.reason.clone().unwrap_or_else(plain) }
}

/// What the permits say that a remedy would satisfy, each once, those of the nearest remedy first.
fn unmet(policies: &Policies, found: &[Found]) -> Vec<Reason> {
    let mut seen = BTreeSet::new();
    let places = found.iter().flat_map(|found| found.permits.iter()).filter(|place| seen.insert(**place));
    let metas = places.filter_map(|place| policies.at(*place));
    let told = metas.filter_map(|meta| Some(Reason { code: meta.id.to_string(), text: meta.reason.clone()? }));
    told.collect()
}

/// What is wrong with the device, where that mattered.
fn device(case: &Case<'_>, answer: &Answer, found: &[Found]) -> Option<Reason> {
    let helps =
        |step: &Step| matches!(step, Step::ProveDevice | Step::ReportDevice | Step::HealDevice | Step::OtherDevice);
    let read = answer.reads.posture || answer.reads.slots().any(|slot| slot == ContextSlot::Device);
    if !read && !found.iter().any(|found| found.remedy.steps.iter().any(helps)) {
        return None;
    }
    let (code, text) = match case.device {
        Evidence::Stale { confirmed_at, .. } => {
            let minutes = case.now.since(confirmed_at).as_millis() / 60_000;
            ("device-posture-stale", wording::stale(minutes))
        }
        Evidence::Unknown(WhyUnknown::NotProven) => (
            "device-not-proven",
            Text::new("No device has been proven for this session.", "このセッションでは端末の確認が済んでいません。"),
        ),
        Evidence::Unknown(WhyUnknown::NotEnrolled) => (
            "device-not-enrolled",
            Text::new("This device is not enrolled, or was revoked.", "この端末は登録されていないか、失効しています。"),
        ),
        Evidence::Unknown(WhyUnknown::NeverReported) => (
            "device-never-reported",
            Text::new(
                "This device has never reported its state: open the agent.",
                "この端末はまだ状態を報告していません。エージェントを開いてください。",
            ),
        ),
        Evidence::Known(device) => {
            let compliant = case.world.facts().get(device)?.get(Slot::Compliant);
            if *compliant == Fact::Bool(true) {
                return None;
            }
            ("device-not-compliant", wording::not_compliant(case))
        }
    };
    Some(Reason { code: code.to_owned(), text })
}

/// That the way of signing in is what is missing.
fn authentication(found: &[Found]) -> Option<Reason> {
    let needed = found.iter().any(|found| found.remedy.steps.contains(&Step::Authenticate));
    needed.then(|| Reason {
        code: "authentication-insufficient".to_owned(),
        text: Text::new("This needs a recent sign-in with a passkey.", "パスキーによる最近のサインインが必要です。"),
    })
}
