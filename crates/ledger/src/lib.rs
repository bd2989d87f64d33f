//! sekisho-ledger
