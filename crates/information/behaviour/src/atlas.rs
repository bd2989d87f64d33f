//! The files of places: MMDB files of a folder, read again when they change. A file that cannot be read changes nothing.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ipnet::IpNet;
use maxminddb::Reader;
use sekisho_model::Timestamp;
use serde::Deserialize;

use crate::{Place, Spot};

/// The largest file that is read.
const LARGEST: u64 = 1024 * 1024 * 1024;
/// The most files of the folder.
const MOST_FILES: usize = 16;

/// The files of places.
#[derive(Debug, Default)]
pub struct Atlas {
    files: BTreeMap<String, Held>,
}

/// A file as it is held.
#[derive(Debug)]
struct Held {
    /// Size and time of what was tried last.
    tried: (u64, Option<SystemTime>),
    reader: Option<Reader<Vec<u8>>>,
    problem: Option<String>,
}

/// How a file stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStanding {
    /// Its name.
    pub name: String,
    /// What it calls itself: `GeoLite2-City`.
    pub kind: String,
    /// When it was made.
    pub made_at: Option<Timestamp>,
    /// Why it cannot be read. Where it could be before, what it said then counts.
    pub problem: Option<String>,
}

/// What is known of an address, with the networks of which that is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Looked {
    pub(crate) place: Place,
    /// The network that is in the country.
    pub(crate) country_of: Option<IpNet>,
    /// The network that has the number.
    pub(crate) number_of: Option<IpNet>,
}

#[derive(Deserialize)]
struct Row {
    country: Option<CountryRow>,
    location: Option<LocationRow>,
    autonomous_system_number: Option<u32>,
}

#[derive(Deserialize)]
struct CountryRow {
    iso_code: Option<String>,
}

#[derive(Deserialize)]
struct LocationRow {
    latitude: Option<f64>,
    longitude: Option<f64>,
}

impl Atlas {
    /// Reads the files of the folder that changed; whether any did. Files that are gone say nothing any more.
    pub fn refresh(&mut self, folder: &Path) -> bool {
        let mut before = std::mem::take(&mut self.files);
        let count = before.len();
        let mut is_changed = false;
        for (name, path, tried) in found(folder) {
            let held = before.remove(&name);
            let held = match held {
                Some(held) if held.tried == tried => held,
                held => {
                    let next = read(&path, tried, held.and_then(|held| held.reader));
                    is_changed = true;
                    next
                }
            };
            self.files.insert(name, held);
        }
        is_changed || !before.is_empty() || count > self.files.len()
    }

    /// How each file stands, in the order of names.
    #[must_use]
    pub fn standings(&self) -> Vec<FileStanding> {
        let standing = |(name, held): (&String, &Held)| {
            let metadata = held.reader.as_ref().map(Reader::metadata);
            let made = metadata.and_then(|metadata| i64::try_from(metadata.build_epoch).ok());
            FileStanding {
                name: name.clone(),
                kind: metadata.map(|metadata| metadata.database_type.clone()).unwrap_or_default(),
                made_at: made.map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1000))),
                problem: held.problem.clone(),
            }
        };
        self.files.iter().map(standing).collect()
    }

    /// What the files say of an address. The first file in the order of names that says something counts.
    pub(crate) fn look(&self, address: IpAddr) -> Looked {
        let (address, mut looked) = (address.to_canonical(), Looked::default());
        for reader in self.files.values().filter_map(|held| held.reader.as_ref()) {
            let Ok(result) = reader.lookup(address) else { continue };
            let Ok(Some(row)) = result.decode::<Row>() else { continue };
            let network =
                result.network().ok().and_then(|network| narrowed(address, network.prefix(), network.is_ipv4()));
            let country = row.country.and_then(|country| country.iso_code).filter(|code| is_country(code));
            if looked.place.country.is_none() && country.is_some() && network.is_some() {
                (looked.place.country, looked.country_of) = (country, network);
            }
            if looked.place.network.is_none() && row.autonomous_system_number.is_some() && network.is_some() {
                (looked.place.network, looked.number_of) = (row.autonomous_system_number, network);
            }
            let degrees = row.location.and_then(|location| location.latitude.zip(location.longitude));
            looked.place.spot =
                looked.place.spot.or_else(|| degrees.and_then(|(north, east)| Spot::of_degrees(north, east)));
        }
        looked
    }

    /// What the files say of an address.
    #[must_use]
    pub fn place(&self, address: IpAddr) -> Place {
        self.look(address).place
    }
}

/// The files whose names end with `.mmdb`, each with its size and time.
fn found(folder: &Path) -> Vec<(String, PathBuf, (u64, Option<SystemTime>))> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "mmdb"));
    let mut files: Vec<_> = paths
        .filter_map(|path| {
            let metadata = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
            let name = path.file_name()?.to_str()?.to_owned();
            Some((name, path, (metadata.len(), metadata.modified().ok())))
        })
        .collect();
    files.sort();
    files.truncate(MOST_FILES);
    files
}

/// Reads a file; what was read of it before stays where that fails.
// INVARIANT I-63: a file that cannot be read changes nothing: what it said before counts, and that is said.
fn read(path: &Path, tried: (u64, Option<SystemTime>), before: Option<Reader<Vec<u8>>>) -> Held {
    let bytes = match tried.0 {
        ..=LARGEST => std::fs::read(path).map_err(|error| error.to_string()),
        _ => Err("is larger than 1 GiB".to_owned()),
    };
    match bytes.and_then(|bytes| Reader::from_source(bytes).map_err(|error| error.to_string())) {
        Ok(reader) => Held { tried, reader: Some(reader), problem: None },
        Err(problem) => Held { tried, reader: before, problem: Some(problem) },
    }
}

/// The network of that length around an address, never wider than an assessment may be: /8 for IPv4, /16 for IPv6.
fn narrowed(address: IpAddr, length: u8, is_of_ipv4: bool) -> Option<IpNet> {
    let length = match (address.is_ipv4(), is_of_ipv4) {
        (true, true) => length.max(8),
        (true, false) => length.saturating_sub(96).max(8),
        (false, _) => length.max(16),
    };
    IpNet::new(address, length).ok().map(|network| network.trunc())
}

fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_uppercase())
}
