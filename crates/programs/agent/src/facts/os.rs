//! Operating system, kernel, uptime, and whether the machine is virtual.

use std::fs;
use std::path::Path;

use sekisho_model::documents::FactValue;

use super::{Facts, put};

/// Adds what `/etc/os-release`, `/proc` and `/sys` tell.
pub(super) fn read(facts: &mut Facts) {
    let release = fs::read_to_string("/etc/os-release").or_else(|_| fs::read_to_string("/usr/lib/os-release"));
    if let Ok(release) = release {
        put(facts, "os.id", field(&release, "ID").map(FactValue::Text));
        put(facts, "os.version", field(&release, "VERSION_ID").map(FactValue::Text));
        put(facts, "os.name", field(&release, "PRETTY_NAME").map(FactValue::Text));
    }
    let uname = rustix::system::uname();
    if let Ok(kernel) = uname.release().to_str() {
        put(facts, "kernel.release", Some(FactValue::Text(kernel.to_owned())));
        put(facts, "kernel.version", numeric_start(kernel).map(FactValue::Text));
    }
    let uptime = fs::read_to_string("/proc/uptime").ok();
    put(facts, "uptime.seconds", uptime.as_deref().and_then(seconds).map(FactValue::Number));
    let vendor = fs::read_to_string("/sys/class/dmi/id/sys_vendor").ok();
    let cpus = fs::read_to_string("/proc/cpuinfo").ok();
    put(facts, "machine.virtual", is_virtual(cpus.as_deref(), vendor.as_deref()).map(FactValue::Bool));
}

/// A field of `os-release`, without its quotes.
fn field(release: &str, name: &str) -> Option<String> {
    let value = release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?.trim();
    let unquoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    Some(unquoted.unwrap_or(value).to_owned()).filter(|value| !value.is_empty())
}

/// Whether the machine started with Secure Boot. One that did not start by UEFI did not; where the firmware is not visible, as in
/// a container, nothing is known.
pub(super) fn secure_boot(firmware: &Path) -> Option<bool> {
    const VARIABLE: &str = "efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
    if !firmware.join("efi").exists() {
        let shown = fs::read_dir(firmware).ok()?.next().is_some();
        return shown.then_some(false);
    }
    // Four bytes of attributes, then the value.
    fs::read(firmware.join(VARIABLE)).ok()?.get(4).map(|value| *value == 1)
}

/// The digits and dots a version starts with: what can be compared.
fn numeric_start(version: &str) -> Option<String> {
    let digits: String = version.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let digits = digits.trim_end_matches('.');
    (!digits.is_empty()).then(|| digits.to_owned())
}

fn seconds(uptime: &str) -> Option<i64> {
    uptime.split(['.', ' ']).next()?.parse().ok()
}

/// The processor says so (x86), or the maker of the machine is known to make virtual ones.
fn is_virtual(cpus: Option<&str>, vendor: Option<&str>) -> Option<bool> {
    const VENDORS: [&str; 8] =
        ["QEMU", "VMware, Inc.", "Xen", "innotek GmbH", "Amazon EC2", "Google", "Parallels", "OpenStack Foundation"];
    let by_vendor = vendor.map(|vendor| VENDORS.contains(&vendor.trim()));
    let flags = cpus.and_then(|cpus| cpus.lines().find_map(|line| line.strip_prefix("flags")));
    let by_processor = flags.map(|flags| flags.split_ascii_whitespace().any(|flag| flag == "hypervisor"));
    match (by_processor, by_vendor) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), _) | (_, Some(false)) => Some(false),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn os_release_is_read_with_and_without_quotes() {
        let release = "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\nEMPTY=\n";
        assert_eq!(field(release, "ID").as_deref(), Some("debian"));
        assert_eq!(field(release, "VERSION_ID").as_deref(), Some("12"));
        assert_eq!(field(release, "NAME").as_deref(), Some("Debian GNU/Linux"));
        assert_eq!(field(release, "VERSION"), None);
        assert_eq!(field(release, "EMPTY"), None);
    }

    #[test]
    fn a_kernel_release_starts_with_its_version() {
        assert_eq!(numeric_start("6.1.0-18-amd64").as_deref(), Some("6.1.0"));
        assert_eq!(numeric_start("6.1.").as_deref(), Some("6.1"));
        assert_eq!(numeric_start("rolling"), None);
        assert_eq!(seconds("12345.67 89.0\n"), Some(12_345));
    }

    #[test]
    fn a_virtual_machine_is_told_by_processor_or_maker_and_otherwise_not_guessed() {
        assert_eq!(is_virtual(Some("flags\t\t: fpu hypervisor sse"), None), Some(true));
        assert_eq!(is_virtual(Some("flags\t\t: fpu sse"), Some("LENOVO\n")), Some(false));
        assert_eq!(is_virtual(Some("Features: fp asimd"), Some("QEMU\n")), Some(true));
        assert_eq!(is_virtual(Some("Features: fp asimd"), None), None);
        assert_eq!(is_virtual(None, None), None);
    }

    #[test]
    fn secure_boot_is_read_and_not_guessed() {
        let firmware = tempfile::tempdir().expect("a folder");
        assert_eq!(secure_boot(firmware.path()), None);
        fs::create_dir(firmware.path().join("acpi")).expect("made");
        assert_eq!(secure_boot(firmware.path()), Some(false));
        let variables = firmware.path().join("efi/efivars");
        fs::create_dir_all(&variables).expect("made");
        assert_eq!(secure_boot(firmware.path()), None);
        let variable = variables.join("SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
        for (value, expected) in [(1, true), (0, false)] {
            fs::write(&variable, [6, 0, 0, 0, value]).expect("written");
            assert_eq!(secure_boot(firmware.path()), Some(expected));
        }
    }
}
