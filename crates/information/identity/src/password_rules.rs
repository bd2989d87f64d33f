//! What a new password must be (NIST SP 800-63B, section 5.1.1.2): long, and not what attackers try first.
//! No rule about kinds of characters, no expiry.

use unicode_normalization::UnicodeNormalization;

use sekisho_model::UserId;

use crate::{PasswordProblem, Secret};

/// Whether the password may be set for the user.
pub(crate) fn check(password: &Secret, user: &UserId) -> Result<(), PasswordProblem> {
    let folded: String = password.expose().nfkc().flat_map(char::to_lowercase).collect();
    let length = folded.chars().count();
    if length < 12 {
        return Err(PasswordProblem::TooShort);
    }
    if length > 256 {
        return Err(PasswordProblem::TooLong);
    }
    let account = user.as_str().split('@').next().unwrap_or_default();
    if account.chars().count() >= 3 && folded.contains(account) {
        return Err(PasswordProblem::ContainsUserName);
    }
    if is_common(&folded) || what_remains(&folded) < 6 {
        return Err(PasswordProblem::TooCommon);
    }
    Ok(())
}

/// Long passwords of the lists that attackers begin with.
const COMMON: &str = include_str!("common_passwords.txt");

fn is_common(folded: &str) -> bool {
    let plain: String = folded.chars().filter(|c| c.is_alphanumeric()).collect();
    COMMON.lines().any(|common| common == folded || common == plain)
}

/// Words that stand in most guessed passwords.
const WORDS: [&str; 18] = [
    "password",
    "passwort",
    "sekisho",
    "qwerty",
    "welcome",
    "letmein",
    "administrator",
    "admin",
    "iloveyou",
    "dragon",
    "monkey",
    "football",
    "baseball",
    "sunshine",
    "princess",
    "changeme",
    "default",
    "secret",
];

/// How many characters are left of it without common words, runs and repetitions: what a guesser must really guess.
fn what_remains(folded: &str) -> usize {
    let without_words = WORDS.iter().fold(folded.to_owned(), |text, word| text.replace(word, ""));
    let characters: Vec<char> = without_words.chars().collect();
    let counts = |at: usize| {
        let now = characters.get(at).copied().map(u32::from);
        let back = |n: usize| at.checked_sub(n).and_then(|i| characters.get(i)).copied().map(u32::from);
        // Continues a run such as `abc` or `321`, or repeats what stood one to four characters before.
        let runs = now.zip(back(1)).is_some_and(|(now, before)| now.abs_diff(before) == 1);
        let repeats = (1..=4).any(|n| back(n).is_some() && back(n) == now);
        usize::from(!runs && !repeats)
    };
    (0..characters.len()).map(counts).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(password: &str) -> Result<(), PasswordProblem> {
        check(&Secret::from(password), &"alice.smith@example.jp".parse().expect("a user"))
    }

    #[test]
    fn long_and_unusual_is_enough() {
        for good in
            ["granite otter paints lanterns", "tsugaru-kaikyo fuyu", "夏の終わりに花火を見た夜の音", "uR7!kq02_Zm4"]
        {
            assert_eq!(checked(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn short_long_personal_and_common_passwords_are_refused() {
        assert_eq!(checked("elevenchars"), Err(PasswordProblem::TooShort));
        assert_eq!(checked(&"ab c".repeat(65)), Err(PasswordProblem::TooLong));
        assert_eq!(checked("xx Alice.Smith 7 yy"), Err(PasswordProblem::ContainsUserName));
        for common in [
            "password1234",
            "PASSWORD!!!!",
            "passwordpassword",
            "123456789012",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "abcdefghijkl",
            "1q2w3e4r5t6y",
            "qwertyuiop[]",
            "Sekisho123456",
            "correct horse battery staple",
            "administrator1",
            "ｐａｓｓｗｏｒｄ１２３４",
        ] {
            assert_eq!(checked(common), Err(PasswordProblem::TooCommon), "{common}");
        }
    }
}
