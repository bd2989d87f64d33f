//! No memory of this process reaches a disk: keys, cookies and passwords are in it.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Forbids core dumps of this process and of those that it starts. Also keeps other processes of the same user from reading its memory.
///
/// # Errors
/// When the system does not do it.
pub fn forbid() -> rustix::io::Result<()> {
    // The limit alone does not hold where the system pipes dumps into a program.
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
}
