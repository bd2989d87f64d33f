//! sekisho-policy-information
