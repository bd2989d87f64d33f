//! Entries of the ledger as events of OCSF 1.8: each entry but a seal becomes exactly one event, whatever its code is.

mod access;
mod act;
mod act_class;
mod decision;
mod document;
mod end;

pub(crate) use access::access;
pub(crate) use act::act;
pub(crate) use decision::decision;
pub(crate) use end::end;
