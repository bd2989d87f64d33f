//! The forms of keys, tokens and passwords, and what they begin with.

/// How a secret is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secret {
    /// These letters, exactly, and at least that many characters of a token.
    Token(&'static str, usize),
    /// Three parts with dots.
    Jwt,
    /// A private key in PEM, to its end.
    Pem,
    /// The value that a name is given.
    Assigned,
}

const TOKENS: &[(&str, usize)] = &[
    ("AKIA", 16),
    ("ASIA", 16),
    ("ghp_", 36),
    ("gho_", 36),
    ("ghs_", 36),
    ("ghu_", 36),
    ("github_pat_", 22),
    ("glpat-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("xoxa-", 20),
    ("sk_live_", 16),
    ("rk_live_", 16),
    ("AIza", 35),
    ("npm_", 36),
    ("sk-ant-", 20),
];
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "パスワード",
    "暗証番号",
    "secret",
    "api_key",
    "apikey",
    "api key",
    "access_token",
    "client_secret",
];

impl Secret {
    /// What secrets begin with.
    pub(crate) fn beginnings() -> impl Iterator<Item = (&'static str, Self)> {
        let tokens = TOKENS.iter().map(|(beginning, length)| (*beginning, Self::Token(beginning, *length)));
        let names = NAMES.iter().map(|name| (*name, Self::Assigned));
        tokens.chain(names).chain([("eyJ", Self::Jwt), ("-----BEGIN ", Self::Pem)])
    }
}
