//! sekisho-console
