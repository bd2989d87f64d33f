//! sekisho-policy-enforcement
