//! Whether the disks are encrypted: every mounted file system on a disk, boot partitions aside, lies on dm-crypt.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// How many layers (LVM on RAID on dm-crypt, …) are followed.
const MAX_LAYERS: usize = 16;

/// Whether they are; `None` when the root file system is not on a disk that this machine can see.
pub(super) fn encrypted() -> Option<bool> {
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    let number = |device: &str| {
        let device = fs::metadata(device).ok()?.rdev();
        Some(format!("{}:{}", rustix::fs::major(device), rustix::fs::minor(device)))
    };
    all_encrypted(&mounts, number, |number| is_crypt(Path::new("/sys/dev/block"), number, 0))
}

fn all_encrypted(
    mounts: &str,
    number: impl Fn(&str) -> Option<String>,
    is_crypt: impl Fn(&str) -> bool,
) -> Option<bool> {
    let mut root = None;
    let mut all = true;
    for line in mounts.lines() {
        let mut fields = line.split(' ');
        let (Some(device), Some(place), Some(kind)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        // Read-only images (snaps, installers) hold nothing of the person's, and firmware must be able to read its own.
        if !device.starts_with("/dev/") || matches!(kind, "squashfs" | "iso9660") || place.starts_with("/boot") {
            continue;
        }
        let encrypted = number(device).is_some_and(|number| is_crypt(&number));
        all &= encrypted;
        if place == "/" {
            root = Some(encrypted);
        }
    }
    root.map(|_| all)
}

/// Whether a block device is dm-crypt, or lies on nothing but dm-crypt.
fn is_crypt(block: &Path, number: &str, layer: usize) -> bool {
    let device = block.join(number);
    if fs::read_to_string(device.join("dm/uuid")).is_ok_and(|uuid| uuid.starts_with("CRYPT-")) {
        return true;
    }
    let Ok(slaves) = fs::read_dir(device.join("slaves")) else {
        return false;
    };
    let mut below = slaves.flatten().map(|slave| fs::read_to_string(slave.path().join("dev"))).peekable();
    layer < MAX_LAYERS
        && below.peek().is_some()
        && below.all(|number| number.is_ok_and(|number| is_crypt(block, number.trim(), layer + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "proc /proc proc rw 0 0\n/dev/mapper/root / ext4 rw 0 0\n/dev/sda1 /boot ext4 rw 0 0\n/dev/loop0 /snap/x squashfs ro 0 0\n/dev/mapper/home /home ext4 rw 0 0\n";

    #[test]
    fn every_disk_counts_but_boot_and_images() {
        let name = |device: &str| Some(device.to_owned());
        assert_eq!(all_encrypted(MOUNTS, name, |d| d.starts_with("/dev/mapper/")), Some(true));
        assert_eq!(all_encrypted(MOUNTS, name, |d| d == "/dev/mapper/root"), Some(false));
        assert_eq!(all_encrypted(MOUNTS, name, |d| d == "/dev/mapper/home"), Some(false));
        assert_eq!(all_encrypted(MOUNTS, |_| None, |_| true), Some(false));
        assert_eq!(all_encrypted("overlay / overlay rw 0 0\n", name, |_| true), None);
    }

    #[test]
    fn volumes_on_dm_crypt_are_encrypted_and_partly_ones_are_not() {
        let block = tempfile::tempdir().expect("a folder");
        let make = |number: &str, uuid: Option<&str>, slaves: &[&str]| {
            let device = block.path().join(number);
            fs::create_dir_all(device.join("slaves")).expect("made");
            fs::create_dir_all(device.join("dm")).expect("made");
            if let Some(uuid) = uuid {
                fs::write(device.join("dm/uuid"), uuid).expect("written");
            }
            for slave in slaves {
                fs::create_dir_all(device.join("slaves").join(slave)).expect("made");
                fs::write(device.join("slaves").join(slave).join("dev"), format!("{slave}\n")).expect("written");
            }
        };
        make("8:1", None, &[]);
        make("253:0", Some("CRYPT-LUKS2-x"), &["8:1"]);
        make("253:1", Some("LVM-y"), &["253:0"]);
        make("253:2", Some("LVM-z"), &["253:0", "8:1"]);
        make("9:9", None, &["9:9"]);
        let is = |number| is_crypt(block.path(), number, 0);
        assert!(is("253:0") && is("253:1"));
        assert!(!is("8:1") && !is("253:2") && !is("9:9") && !is("1:1"));
    }
}
