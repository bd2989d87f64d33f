//! sekisho-control-plane
