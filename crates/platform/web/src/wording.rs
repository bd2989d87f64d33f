//! Words for values: methods, devices, browsers, reasons.

use sekisho_model::documents::{Employment, ResourceKind, SessionEnd};
use sekisho_model::facts::Handle;
use sekisho_model::{Action, Language, Method, MethodSet, PolicyId, Text};
use sekisho_policy_information::World;

use crate::messages;

/// The methods of a session, in words.
pub fn methods(methods: MethodSet, language: Language) -> String {
    let words: Vec<String> = methods.iter().map(|one| messages::say(language, method(one))).collect();
    words.join(match language {
        Language::English => ", ",
        Language::Japanese => "、",
    })
}

/// The message key of a method.
pub const fn method(method: Method) -> &'static str {
    match method {
        Method::Password => "method-password",
        Method::Totp => "method-totp",
        Method::Passkey => "method-passkey",
        Method::RecoveryCode => "method-recovery-code",
        Method::Federated => "method-federated",
        Method::FederatedMfa => "method-federated-mfa",
        Method::FederatedPhishingResistant => "method-federated-phishing-resistant",
    }
}

/// The message key of how somebody is employed.
pub const fn employment(employment: &Employment) -> &'static str {
    match employment {
        Employment::Staff => "employment-staff",
        Employment::Contractor => "employment-contractor",
        Employment::Guest => "employment-guest",
    }
}

/// The message key of what a resource is.
pub const fn resource_kind(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::Web => "kind-web",
        ResourceKind::Tcp => "kind-tcp",
        ResourceKind::Api => "kind-api",
        ResourceKind::Data => "kind-data",
    }
}

/// The message key of what is asked for.
pub const fn action(action: Action) -> &'static str {
    match action {
        Action::Connect => "action-connect",
        Action::Read => "action-read",
        Action::Write => "action-write",
        Action::Delete => "action-delete",
        Action::Administer => "action-administer",
        Action::Approve => "action-approve",
    }
}

/// What a signal means that adds to risk. A signal of an unknown name is shown with its name.
#[must_use]
pub fn signal(name: &str, language: Language) -> String {
    let key = format!("signal-{name}");
    match messages::has(&key) {
        true => messages::say(language, &key),
        false => messages::say_with(language, "unnamed-signal", "name", name),
    }
}

/// What an act of the ledger means. An act of an unknown code is shown as its code.
#[must_use]
pub fn act(code: &str, language: Language) -> String {
    let key = format!("act-{code}");
    if messages::has(&key) { messages::say(language, &key) } else { code.to_owned() }
}

/// Why a session ended.
#[must_use]
pub fn session_end(end: SessionEnd, language: Language) -> String {
    messages::say(
        language,
        match end {
            SessionEnd::SignedOut => "end-signed-out",
            SessionEnd::EndedByUser => "end-ended-by-user",
            SessionEnd::Disowned => "end-disowned",
            SessionEnd::Revoked => "end-revoked",
            SessionEnd::Expired => "end-expired",
            SessionEnd::AccountDisabled => "end-account-disabled",
        },
    )
}

/// What people call a device.
pub fn device_name(world: &World, device: Handle) -> String {
    world.display_name(device).to_string()
}

/// A browser by what it calls itself; shown, never trusted.
pub fn browser(user_agent: &str, language: Language) -> String {
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    let programs =
        [("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl")];
    let named = |known: &[(&'static str, &'static str)]| {
        known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (named(&programs), named(&systems)) {
        (Some(program), Some(system)) => format!("{program}, {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) if user_agent.trim().is_empty() => messages::say(language, "unknown-browser"),
        (None, None) => user_agent.chars().take(40).collect(),
    }
}

/// The text of a reason's or a remedy's code, as the ledger keeps it: a policy's own words, or ours.
pub fn code(world: &World, code: &str, language: Language) -> String {
    let policy = code.parse::<PolicyId>().ok().and_then(|id| world.policies().meta(&id));
    match policy.map(|policy| policy.reason.as_ref()) {
        Some(Some(reason)) => return reason.in_language(language).to_owned(),
        Some(None) => return messages::say_with(language, "code-of-policy", "policy", code),
        None => {}
    }
    let text = |code: &str| {
        own_code(code, language)
            .unwrap_or_else(|| messages::say_with(language, "code-of-former-policy", "policy", code))
    };
    code.split('+').map(text).collect::<Vec<_>>().join(between(language))
}

/// What stands between two sentences.
const fn between(language: Language) -> &'static str {
    match language {
        Language::English => " ",
        Language::Japanese => "",
    }
}

/// What a code of a reason, a remedy or a cut means, in both languages; `None` for a code that is not ours, as a policy's is.
#[must_use]
pub fn code_text(code: &str) -> Option<Text> {
    Some(Text { en: own_codes(code, Language::English)?, ja: own_codes(code, Language::Japanese) })
}

/// The text of a code that is ours, or of several that are joined by `+`.
fn own_codes(codes: &str, language: Language) -> Option<String> {
    let texts: Option<Vec<String>> = codes.split('+').map(|code| own_code(code, language)).collect();
    Some(texts?.join(between(language)))
}

/// The text of a code that is not a policy's.
fn own_code(code: &str, language: Language) -> Option<String> {
    let key = format!("code-{code}");
    messages::has(&key).then(|| messages::say(language, &key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_ours_has_a_text_and_a_policy_that_is_gone_is_named_as_one() {
        for code in ["device-revoked", "gateway-restarted", "policy-snapshot-expired", "session-ended", "other-device"]
        {
            assert!(own_code(code, Language::English).is_some(), "{code}");
        }
        let world = sekisho_policy_information::WorldBuilder::new().publish(sekisho_model::Timestamp::from_millis(0));
        let said = code(&world, "payroll-finance", Language::English);
        assert!(said.contains("payroll-finance") && said.contains("no longer in force"), "{said}");
        assert_eq!(code(&world, "session-ended", Language::English), "The session ended.");
    }

    #[test]
    fn a_signal_an_act_and_the_end_of_a_session_read_in_both_languages() {
        for language in [Language::English, Language::Japanese] {
            let ends = [SessionEnd::SignedOut, SessionEnd::EndedByUser, SessionEnd::Revoked, SessionEnd::Expired];
            for end in ends.into_iter().chain([SessionEnd::AccountDisabled, SessionEnd::Disowned]) {
                assert!(!session_end(end, language).starts_with("end-"), "{end:?}");
            }
            assert!(signal("other", language).ends_with("other") && signal("other", language).len() > "other".len());
            assert_ne!(signal("passkey-copied", language), "signal-passkey-copied");
            assert_eq!(act("no-such-act", language), "no-such-act");
        }
        assert_ne!(act("user-disabled", Language::English), act("user-disabled", Language::Japanese));
    }

    #[test]
    fn a_browser_has_a_short_name() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36";
        assert_eq!(browser(chrome, Language::English), "Chrome, Linux");
        assert_eq!(browser("curl/8.5.0", Language::English), "curl");
        assert_eq!(browser("<script>", Language::English), "<script>");
        assert!(browser(&"x".repeat(500), Language::English).len() <= 40);
    }
}
