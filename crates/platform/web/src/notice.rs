//! What a page says was just done. The address carries only a word of this list, never a text.

const NOTICES: [(&str, &str); 25] = [
    ("welcome", "done-welcome"),
    ("signed-out", "done-signed-out"),
    ("already-signed-in", "done-already-signed-in"),
    ("form-too-old", "done-form-too-old"),
    ("session-ended", "done-session-ended"),
    ("disowned", "done-disowned"),
    ("passkey-added", "done-passkey-added"),
    ("renamed", "done-renamed"),
    ("removed", "done-removed"),
    ("removed-own", "done-removed-own"),
    ("identity-linked", "done-identity-linked"),
    ("password-set", "done-password-set"),
    ("totp-added", "done-totp-added"),
    ("confirmed", "done-confirmed"),
    ("device-proven", "done-device-proven"),
    ("terminal-approved", "done-terminal-approved"),
    ("terminal-refused", "done-terminal-refused"),
    ("session-revoked", "done-session-revoked"),
    ("device-revoked", "done-device-revoked"),
    ("user-disabled", "done-user-disabled"),
    ("user-enabled", "done-user-enabled"),
    ("access-requested", "done-access-requested"),
    ("access-approved", "done-access-approved"),
    ("access-refused", "done-access-refused"),
    ("access-withdrawn", "done-access-withdrawn"),
];

/// The message key of the notice that an address asks for.
pub fn of(path: &str) -> Option<&'static str> {
    let (_, query) = path.split_once('?')?;
    let word = query.split('&').find_map(|part| part.strip_prefix("done="))?;
    NOTICES.iter().find(|(known, _)| *known == word).map(|(_, key)| *key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_word_of_the_list_is_said() {
        assert_eq!(of("/sign-in?done=signed-out"), Some("done-signed-out"));
        assert_eq!(of("/x?a=b&done=removed&c"), Some("done-removed"));
        for other in ["/", "/?done=", "/?done=<b>", "/?xdone=removed", "/done=removed"] {
            assert_eq!(of(other), None, "{other}");
        }
        assert!(NOTICES.iter().all(|(_, key)| crate::messages::has(key)));
    }
}
