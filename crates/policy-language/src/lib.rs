//! sekisho-policy-language
