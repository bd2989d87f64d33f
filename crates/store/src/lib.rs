//! sekisho-store
