//! What the kernel says changed: files by inotify, the firewall by netlink. Nothing is read here; it only says what to read again.

use std::collections::BTreeMap;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;
use rustix::net::netlink::{NETFILTER, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The bit of the group `NFNLGRP_NFTABLES`: every committed change of tables, chains, rules and sets.
const NFTABLES: u32 = 1 << 6;
/// The most folders that are watched, and how deep below the first ones.
const MAX_FOLDERS: usize = 4096;
const MAX_DEPTH: usize = 8;

/// What has to be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// The installed packages.
    Packages,
    /// The files that configure the machine.
    Settings,
    /// The rules of the firewall.
    Firewall,
}

impl Subject {
    pub(crate) const ALL: [Self; 3] = [Self::Packages, Self::Settings, Self::Firewall];
}

/// Where the files are.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// The folder of dpkg's status file.
    pub(crate) packages: PathBuf,
    /// The folder of the machine's configuration.
    pub(crate) settings: PathBuf,
}

impl Default for Places {
    fn default() -> Self {
        Self { packages: PathBuf::from("/var/lib/dpkg"), settings: PathBuf::from("/etc") }
    }
}

/// The open watches.
pub(crate) struct Changes {
    files: AsyncFd<OwnedFd>,
    firewall: Option<AsyncFd<OwnedFd>>,
    folders: BTreeMap<i32, PathBuf>,
    places: Places,
}

impl Changes {
    /// Watches what can be watched; what cannot is read at its period only.
    ///
    /// # Errors
    /// When the kernel gives no inotify instance.
    pub(crate) fn open(places: Places) -> io::Result<Self> {
        let files = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        let files = AsyncFd::with_interest(files, Interest::READABLE)?;
        let firewall = match firewall() {
            Ok(socket) => Some(AsyncFd::with_interest(socket, Interest::READABLE)?),
            Err(error) => {
                tracing::debug!(%error, "changes of the firewall are not told to this process");
                None
            }
        };
        let mut changes = Self { files, firewall, folders: BTreeMap::new(), places };
        changes.watch(&changes.places.packages.clone(), 0);
        changes.watch(&changes.places.settings.clone(), MAX_DEPTH);
        Ok(changes)
    }

    /// Waits for changes, and says what to read again. Safe to cancel: what is not yet taken is told the next time.
    ///
    /// # Errors
    /// When a watch fails for good.
    pub(crate) async fn next(&mut self) -> io::Result<Vec<Subject>> {
        loop {
            let subjects = tokio::select! {
                ready = self.files.readable() => {
                    ready?.clear_ready();
                    self.take_files()?
                }
                ready = readable(self.firewall.as_ref()) => {
                    ready?;
                    self.take_firewall()?
                }
            };
            if !subjects.is_empty() {
                return Ok(subjects);
            }
        }
    }

    fn take_files(&mut self) -> io::Result<Vec<Subject>> {
        let (mut subjects, mut made) = (Vec::new(), Vec::new());
        let mut buffer = [MaybeUninit::uninit(); 16 * 1024];
        let mut reader = inotify::Reader::new(self.files.get_ref(), &mut buffer);
        loop {
            let event = match reader.next() {
                Ok(event) => event,
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            };
            if event.events().contains(ReadFlags::QUEUE_OVERFLOW) {
                // Events were lost, so everything may have changed, and folders may have been made.
                subjects.extend(Subject::ALL);
                made.push(self.places.settings.clone());
                continue;
            }
            let Some(folder) = self.folders.get(&event.wd()) else { continue };
            let name = event.file_name().and_then(|name| name.to_str().ok()).unwrap_or_default();
            subjects.extend(subjects_of(&self.places, folder, name));
            if event.events().contains(ReadFlags::ISDIR)
                && event.events().intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO)
                && !name.is_empty()
                && folder.starts_with(&self.places.settings)
            {
                made.push(folder.join(name));
            }
            if event.events().contains(ReadFlags::IGNORED) {
                self.folders.remove(&event.wd());
            }
        }
        for folder in made {
            self.watch(&folder, MAX_DEPTH);
        }
        subjects.sort_unstable();
        subjects.dedup();
        Ok(subjects)
    }

    fn take_firewall(&self) -> io::Result<Vec<Subject>> {
        let Some(socket) = &self.firewall else { return Ok(Vec::new()) };
        let mut buffer = [0_u8; 16 * 1024];
        loop {
            match recv(socket.get_ref(), buffer.as_mut_slice(), RecvFlags::empty()) {
                // What was lost for want of room changed the firewall too.
                Ok(_) | Err(Errno::NOBUFS | Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(vec![Subject::Firewall]),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Watches a folder and those below it. Watching one twice is watching it once.
    fn watch(&mut self, folder: &Path, depth: usize) {
        let what = WatchFlags::CLOSE_WRITE
            | WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::ATTRIB
            | WatchFlags::ONLYDIR
            | WatchFlags::DONT_FOLLOW;
        if self.folders.len() >= MAX_FOLDERS {
            return;
        }
        match inotify::add_watch(self.files.get_ref(), folder, what) {
            Ok(watch) => self.folders.insert(watch, folder.to_owned()),
            Err(error) => {
                tracing::debug!(%error, folder = %folder.display(), "a folder is not watched");
                return;
            }
        };
        let Some(below) = depth.checked_sub(1) else { return };
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.watch(&entry.path(), below);
            }
        }
    }
}

/// What a change of that name in that folder may have changed.
fn subjects_of(places: &Places, folder: &Path, name: &str) -> Vec<Subject> {
    if folder == places.packages {
        // dpkg writes a new file and gives it this name; its locks and its other files say nothing.
        return if name == "status" { vec![Subject::Packages] } else { Vec::new() };
    }
    let below = folder.strip_prefix(&places.settings).unwrap_or(folder);
    let rules = below.starts_with("ufw") || below.starts_with("iptables") || name == "nftables.conf";
    if rules { vec![Subject::Settings, Subject::Firewall] } else { vec![Subject::Settings] }
}

/// A socket that hears of every change of nftables. Needs the right to administer the network.
fn firewall() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, Some(NETFILTER))?;
    bind(&socket, &SocketAddrNetlink::new(0, NFTABLES))?;
    Ok(socket)
}

async fn readable(socket: Option<&AsyncFd<OwnedFd>>) -> io::Result<()> {
    match socket {
        Some(socket) => {
            socket.readable().await?.clear_ready();
            Ok(())
        }
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// More than any of this takes.
    const PATIENCE: Duration = Duration::from_secs(30);

    fn places(folder: &Path) -> Places {
        let places = Places { packages: folder.join("dpkg"), settings: folder.join("etc") };
        std::fs::create_dir_all(&places.packages).expect("made");
        std::fs::create_dir_all(places.settings.join("ssh")).expect("made");
        places
    }

    async fn told(changes: &mut Changes) -> Vec<Subject> {
        let told = tokio::time::timeout(PATIENCE, changes.next()).await.expect("in time").expect("readable");
        // On a machine whose firewall changes meanwhile that is told too.
        told.into_iter().filter(|subject| *subject != Subject::Firewall).collect()
    }

    #[tokio::test]
    async fn a_replaced_status_file_is_told_and_its_lock_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let places = places(folder.path());
        let mut changes = Changes::open(places.clone()).expect("watched");
        std::fs::write(places.packages.join("lock"), "").expect("written");
        std::fs::write(places.packages.join("status-new"), "x").expect("written");
        std::fs::rename(places.packages.join("status-new"), places.packages.join("status")).expect("replaced");
        assert_eq!(told(&mut changes).await, [Subject::Packages]);
    }

    #[tokio::test]
    async fn a_file_in_a_folder_made_later_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let places = places(folder.path());
        let mut changes = Changes::open(places.clone()).expect("watched");
        let later = places.settings.join("ssh/sshd_config.d");
        std::fs::create_dir(&later).expect("made");
        assert_eq!(told(&mut changes).await, [Subject::Settings]);
        std::fs::write(later.join("x.conf"), "PermitRootLogin yes\n").expect("written");
        assert_eq!(told(&mut changes).await, [Subject::Settings]);
    }

    #[test]
    fn rules_of_the_firewall_are_told_by_their_place() {
        let places = Places::default();
        let of = |folder: &str, name: &str| subjects_of(&places, Path::new(folder), name);
        assert_eq!(of("/etc/ufw", "user.rules"), [Subject::Settings, Subject::Firewall]);
        assert_eq!(of("/etc", "nftables.conf"), [Subject::Settings, Subject::Firewall]);
        assert_eq!(of("/etc/ssh", "sshd_config"), [Subject::Settings]);
        assert!(of("/var/lib/dpkg", "lock").is_empty());
    }
}
