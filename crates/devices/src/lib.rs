//! sekisho-devices
