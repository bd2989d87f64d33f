//! The record: an append-only Merkle log of decisions, ends of streams and acts, and the access events sealed into it.
//!
//! An entry is on the disk, under a signed tree head, before [`Ledger::append`] returns. Any entry that is altered, removed,
//! reordered or truncated afterwards is found by [`verify`], which names the first.
//!
//! The folder holds:
//!
//! | path | what |
//! |---|---|
//! | `checkpoint`, `tile/…`, `tile/entries/…` | the log as [C2SP tlog-tiles](https://c2sp.org/tlog-tiles): at most a second old |
//! | `journal/<first index>` | what is not yet in synced tiles: groups of entries, each with its signed head |
//! | `head` | the newest signed head, 512 bytes, overwritten in place after each group is on the disk |
//! | `access/<number>` | access events, one JSON line each; their SHA-256 is an entry of the log every second |
//! | `search/<number>` | summaries of full bundles, by which a search passes over what is not asked for; derived, and made again when missing |
//!
//! Why both `journal` and `head`: a group is written and synced once, with its head inside. What was cut off the journal is
//! missed by `head`; what was done to `head` is seen by its signature and the journal. Anyone who puts back an older copy of
//! the *whole* folder has a valid older log, and so has who cuts all of its parts after the same entry: only a [`Checkpoint`] kept
//! elsewhere shows it, which [`verify`] takes. A platform seals the head in its store every second and with every act, and a ledger that
//! does not begin with what was sealed takes no entry ([`Standing::RolledBack`]).
//!
//! Tiles and checkpoint are synced when a journal is replaced, not every second: the journal holds what they are made
//! from. After a power failure they may therefore be broken until the ledger was opened once, which makes them again; what was
//! acknowledged is in the journal. Access events of the last second before a crash have no seal yet: opening seals what
//! is there of them.
//!
//! A failed write or sync fails the ledger until it is opened again: what a disk kept after an error is not guessed. After a write that
//! found the disk full, the ledger opens the folder again by itself: what was acknowledged was synced before, and what the failed write
//! left is cut. Until there is room for everything, a reserve holds administrative acts alone.

mod access_search;
mod batch;
mod checkpoint;
mod clock;
mod entry;
mod error;
mod filter;
mod find;
mod folder;
mod head;
mod index;
mod journal;
mod key;
mod known;
mod ledger;
mod proof;
mod read;
mod recover;
mod refused;
mod relay;
mod report;
mod reserve;
mod sealed_accesses;
mod search;
mod segment;
mod summaries;
mod summarise;
mod summary;
mod thread;
mod thread_room;
mod tiles;
mod tree;
mod verify;
mod verify_segments;
mod writer;
mod writer_ownership;

pub use batch::AccessBatch;
pub use checkpoint::{Checkpoint, CheckpointError};
pub use error::LedgerError;
pub use filter::{EntryKind, Filter};
pub use find::Traced;
pub use key::{KeyError, PublicKey, SigningKey};
pub use known::{Known, Witness};
pub use ledger::{Ledger, Standing};
pub use proof::{ConsistencyProof, InclusionProof, prove_consistency};
pub use read::read;
pub use report::{Finding, Report};
pub use reserve::free_bytes;
pub use search::Found;
pub use tree::{Hash, leaf_hash};
pub use verify::verify;
