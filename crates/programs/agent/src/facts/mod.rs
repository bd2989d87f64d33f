//! What this machine tells of itself. Every fact is read on its own: one that cannot be read is left out and harms no other.
//!
//! Three speeds: *quick* facts (listening ports, protection software) are cheap enough to poll several times a second;
//! *full* facts are read for each report; *slow* facts (pending updates, firewall) run commands, off the reporting path.

mod command;
mod disk;
mod firewall;
mod os;
mod packages;
mod ports;
mod protection;
mod screen;
mod updates;

use std::collections::BTreeMap;
use std::path::Path;

use sekisho_device_protocol::report::FACTS;
use sekisho_model::documents::FactValue;

/// Facts by name.
pub(crate) type Facts = BTreeMap<String, FactValue>;

/// The cheap facts that are watched.
pub(crate) fn quick() -> Facts {
    let mut facts = Facts::new();
    put(&mut facts, "ports.listening", ports::listening(Path::new("/proc/net")).map(FactValue::List));
    put(&mut facts, "protection.running", protection::running(Path::new("/proc")).map(FactValue::List));
    facts
}

/// The facts read from files for each report, the quick ones among them.
pub(crate) fn full() -> Facts {
    let mut facts = quick();
    os::read(&mut facts);
    packages::read(&mut facts, Path::new("/var/lib/dpkg/status"));
    put(&mut facts, "disk.encrypted", disk::encrypted().map(FactValue::Bool));
    put(&mut facts, "agent.version", Some(FactValue::Text(env!("CARGO_PKG_VERSION").to_owned())));
    facts
}

/// The facts that need commands. Each command is bounded in time and output.
pub(crate) async fn slow() -> Facts {
    let mut facts = Facts::new();
    let (updates, firewall, lock) = tokio::join!(updates::security_pending(), firewall::enabled(), screen::locks());
    put(&mut facts, "updates.security_pending", updates.map(FactValue::Number));
    put(&mut facts, "firewall.enabled", firewall.map(FactValue::Bool));
    match lock {
        screen::Screen::Absent => put(&mut facts, "screen.absent", Some(FactValue::Bool(true))),
        screen::Screen::Locks(locks) => put(&mut facts, "screen.lock", Some(FactValue::Bool(locks))),
        screen::Screen::Unknown => {}
    }
    facts
}

/// Every fact, read once: what the next report would say.
pub async fn read_once() -> BTreeMap<String, FactValue> {
    let mut facts = full();
    facts.extend(slow().await);
    facts
}

fn put(facts: &mut Facts, name: &str, value: Option<FactValue>) {
    debug_assert!(FACTS.contains(&name), "`{name}` is missing in the list of facts");
    if let Some(value) = value {
        facts.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn this_machine_tells_of_itself() {
        let facts = read_once().await;
        for name in ["os.id", "kernel.version", "uptime.seconds", "ports.listening", "agent.version"] {
            assert!(facts.contains_key(name), "{name} in {:?}", facts.keys());
        }
        assert!(matches!(facts.get("uptime.seconds"), Some(FactValue::Number(seconds)) if *seconds > 0));
    }
}
