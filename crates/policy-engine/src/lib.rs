//! sekisho-policy-engine
