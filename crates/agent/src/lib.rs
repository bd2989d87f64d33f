//! sekisho-agent
