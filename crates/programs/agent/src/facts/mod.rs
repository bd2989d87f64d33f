//! What this machine tells of itself. Every fact is read on its own: one that cannot be read is left out and harms no other.
//!
//! Three speeds: *quick* facts (listening ports, protection software) are cheap enough to poll several times a second;
//! *full* facts are read for each report; the others are read when the kernel says that what they come from changed (`watching`).

mod clock;
mod command;
mod diagnosis;
mod disk;
mod exposure;
mod firewall;
mod logs;
mod os;
mod packages;
mod ports;
mod protection;
mod screen;
mod sshd;
mod updates;

use std::collections::BTreeMap;
use std::path::Path;

use sekisho_device_protocol::report::FACTS;
use sekisho_model::documents::FactValue;

/// Facts by name.
pub(crate) type Facts = BTreeMap<String, FactValue>;

/// Reads what is read often, and remembers what makes that cheap.
#[derive(Default)]
pub(crate) struct Reader {
    processes: protection::Processes,
    packages: packages::Packages,
}

impl Reader {
    /// The cheap facts that are watched.
    pub(crate) fn quick(&mut self) -> Facts {
        let mut facts = Facts::new();
        put(&mut facts, "ports.listening", ports::listening().map(FactValue::List));
        put(&mut facts, "protection.running", self.processes.running(Path::new("/proc")).map(FactValue::List));
        facts
    }

    /// The facts read from files for each report, the quick ones among them.
    pub(crate) fn full(&mut self) -> Facts {
        let mut facts = self.quick();
        os::read(&mut facts);
        self.packages.read(&mut facts, Path::new("/var/lib/dpkg/status"));
        put(&mut facts, "disk.encrypted", disk::encrypted().map(FactValue::Bool));
        put(&mut facts, "agent.version", Some(FactValue::Text(env!("CARGO_PKG_VERSION").to_owned())));
        facts
    }
}

/// The security updates that wait.
pub(crate) async fn updates() -> Facts {
    let mut facts = Facts::new();
    put(&mut facts, "updates.security_pending", updates::security_pending().await.map(FactValue::Number));
    facts
}

/// Whether a firewall filters.
pub(crate) async fn firewall() -> Facts {
    let mut facts = Facts::new();
    put(&mut facts, "firewall.enabled", firewall::enabled().await.map(FactValue::Bool));
    facts
}

/// The screen and the clock.
pub(crate) async fn desk() -> Facts {
    let mut facts = Facts::new();
    let (lock, synchronised) = tokio::join!(screen::locks(), clock::synchronised());
    put(&mut facts, "time.synchronised", synchronised.map(FactValue::Bool));
    match lock {
        screen::Screen::Absent => put(&mut facts, "screen.absent", Some(FactValue::Bool(true))),
        screen::Screen::Locks(locks) => put(&mut facts, "screen.lock", Some(FactValue::Bool(locks))),
        screen::Screen::Unknown => {}
    }
    facts
}

/// What the files of the machine's configuration say.
pub(crate) async fn settings() -> Facts {
    let files = tokio::task::spawn_blocking(|| {
        let mut facts = Facts::new();
        sshd::read(&mut facts, Path::new("/etc/ssh"));
        put(&mut facts, "accounts.without_password", exposure::without_password(Path::new("/etc/shadow")));
        put(&mut facts, "etc.world_writable", exposure::world_writable(Path::new("/etc")).map(FactValue::List));
        put(&mut facts, "logs.persistent", logs::persistent(Path::new("/")).map(FactValue::Bool));
        put(&mut facts, "boot.secure", os::secure_boot(Path::new("/sys/firmware")).map(FactValue::Bool));
        facts
    });
    let (files, automatic) = tokio::join!(files, updates::automatic());
    let mut facts = files.unwrap_or_default();
    put(&mut facts, "updates.automatic", automatic.map(FactValue::Bool));
    facts
}

/// Every fact, read once: what the next report would say.
pub async fn read_once() -> BTreeMap<String, FactValue> {
    let mut facts = Reader::default().full();
    let (updates, firewall, desk, settings) = tokio::join!(updates(), firewall(), desk(), settings());
    facts.extend(updates.into_iter().chain(firewall).chain(desk).chain(settings));
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
