//! sekisho-policy-administrator
