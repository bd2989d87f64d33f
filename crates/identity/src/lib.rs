//! sekisho-identity
