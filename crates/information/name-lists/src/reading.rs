//! Reads lists: those in documents when the document changes, those in files when the file does.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;

use sekisho_domain_names::{Listing, Listings, NameSet, ReadList, read_entry, read_plain, read_zone};
use sekisho_model::documents::{NameList, NameListFormat};
use sekisho_model::{Name, Timestamp};
use sekisho_policy_information::World;

use crate::{NameLists, Standing};

/// The most lists; of further ones nothing is known, so that nothing passes.
const MOST_LISTS: usize = 64;
/// The longest file, in bytes.
const LONGEST_FILE: u64 = 128 * 1024 * 1024;

/// What was read of each list.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    lists: BTreeMap<Name, Known>,
    is_published: bool,
}

/// What is known of one list.
#[derive(Debug, Clone)]
struct Known {
    document: Arc<NameList>,
    stamp: Option<Stamp>,
    names: Option<Arc<NameSet>>,
    standing: Standing,
}

/// What differs when a file was written or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl Reading {
    /// Reads what changed since the last turn, and publishes it.
    pub(crate) fn turn(&mut self, world: &World, lists: &NameLists, now: Timestamp) {
        let mut known = BTreeMap::new();
        let mut is_changed = !self.is_published;
        for document in world.name_lists() {
            let before = self.lists.remove(&document.id);
            let (one, is_new) = look(document, before, known.len(), now);
            is_changed |= is_new;
            known.insert(document.id.clone(), one);
        }
        is_changed |= !self.lists.is_empty();
        self.lists = known;
        let standings = self.lists.values().map(|known| standing(known, world)).collect::<Vec<_>>();
        if is_changed || standings != lists.standings() {
            lists.publish(self.listings(), standings);
            self.is_published = true;
        }
    }

    fn listings(&self) -> Listings {
        let listing = |known: &Known| Listing {
            list: known.document.id.clone(),
            resource: known.document.resource.clone(),
            answer: known.document.answer,
            names: known.names.clone(),
        };
        Listings::new(self.lists.values().map(listing).collect())
    }
}

/// How a list stands; that its resource is not there is no matter of its names.
fn standing(known: &Known, world: &World) -> Standing {
    let mut standing = known.standing.clone();
    let resource = &known.document.resource;
    if standing.problem.is_none() && !world.resources().any(|(_, one)| one.id == *resource) {
        standing.problem = Some(format!("there is no resource `{resource}`: questions about these names are denied"));
    }
    standing
}

/// What is known of a list now, and whether that is new.
fn look(document: &Arc<NameList>, before: Option<Known>, number: usize, now: Timestamp) -> (Known, bool) {
    let stamp = document.file.as_deref().map(stamp);
    let same_document = before.as_ref().is_some_and(|before| before.document == *document);
    let found = match (&stamp, before) {
        (None, Some(before)) if same_document => return (before, false),
        (Some(Ok(stamp)), Some(before)) if same_document && before.stamp == Some(*stamp) => return (before, false),
        (_, before) => before,
    };
    if number >= MOST_LISTS {
        return failed(
            document,
            None,
            format!("there are more than {MOST_LISTS} lists: nothing passes while there are"),
        );
    }
    // Of a list whose file is another one now, what was read says nothing.
    let last = found.filter(|before| before.document.file == document.file && document.file.is_some());
    let read = match stamp {
        None => Ok((read_plain(&document.names.join("\n")), None)),
        Some(Err(error)) => Err(error),
        Some(Ok(stamp)) => read_file(document).map(|read| (read, Some(stamp))),
    };
    match read {
        Err(problem) => failed(document, last, problem),
        Ok((mut read, stamp)) => {
            for (name, covers) in document.allowed.iter().filter_map(|entry| read_entry(entry).ok()) {
                read.names.leave_out(name, covers);
            }
            let (names, skipped) = (read.names.len(), read.skipped);
            let standing = Standing { names, skipped, read_at: Some(now), ..Standing::of(document) };
            (Known { document: document.clone(), stamp, names: Some(Arc::new(read.names)), standing }, true)
        }
    }
}

/// A list that cannot be read: its last names stay in force.
fn failed(document: &Arc<NameList>, last: Option<Known>, problem: String) -> (Known, bool) {
    let is_new =
        last.as_ref().is_none_or(|last| last.standing.problem.as_ref() != Some(&problem) || last.document != *document);
    let (names, standing) = match last {
        Some(last) => (last.names, last.standing),
        None => (None, Standing::of(document)),
    };
    let standing = Standing { problem: Some(problem), resource: document.resource.to_string(), ..standing };
    (Known { document: document.clone(), stamp: None, names, standing }, is_new)
}

fn stamp(file: &str) -> Result<Stamp, String> {
    let found = std::fs::metadata(file).map_err(|error| format!("the file cannot be read: {error}"))?;
    if !found.is_file() {
        return Err("this is no file".to_owned());
    }
    if found.len() > LONGEST_FILE {
        return Err(format!("the file is longer than {} MiB", LONGEST_FILE / 1024 / 1024));
    }
    Ok(Stamp { inode: found.ino(), length: found.len(), seconds: found.mtime(), nanoseconds: found.mtime_nsec() })
}

fn read_file(document: &NameList) -> Result<ReadList, String> {
    let file = document.file.as_deref().unwrap_or_default();
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|file| file.take(LONGEST_FILE).read_to_end(&mut bytes));
    read.map_err(|error| format!("the file cannot be read: {error}"))?;
    // Names are ASCII: what is not is skipped with its line.
    let text = String::from_utf8_lossy(&bytes);
    Ok(match document.format {
        NameListFormat::Plain => read_plain(&text),
        NameListFormat::Rpz => read_zone(&text),
    })
}

#[cfg(test)]
mod tests {
    use sekisho_model::documents::{Change, Kind};
    use sekisho_policy_information::WorldBuilder;
    use serde_json::{Value, json};

    use super::*;

    struct Place {
        builder: WorldBuilder,
        lists: NameLists,
        reading: Reading,
        revision: u64,
    }

    impl Place {
        fn new() -> Self {
            let (builder, lists, reading) = (WorldBuilder::new(), NameLists::default(), Reading::default());
            Self { builder, lists, reading, revision: 0 }
        }

        fn put(&mut self, body: Option<Value>) {
            self.revision += 1;
            let body = body.map(|body| Kind::NameList.normalise(&body).expect("a list"));
            let change = Change {
                kind: Kind::NameList,
                id: "ads".to_owned(),
                revision: self.revision,
                at: Timestamp::from_millis(0),
                body,
            };
            self.builder.apply(&change).expect("it counts");
        }

        /// Whether the name passes: on no list, or nothing is known.
        fn holds(&mut self, name: &str) -> Option<bool> {
            let world = self.builder.publish(Timestamp::from_millis(0));
            self.reading.turn(&world, &self.lists, Timestamp::from_millis(7));
            let listings = self.lists.current().expect("they are known");
            listings.holding(&name.parse().expect("a name")).map(|holding| !holding.is_empty())
        }

        fn problem(&self) -> Option<String> {
            self.lists.standings().first()?.problem.clone()
        }
    }

    #[test]
    fn names_in_a_document_are_in_force_and_allowed_ones_are_not() {
        let mut place = Place::new();
        assert_eq!(place.holds("ads.test"), Some(false), "no list holds anything");
        place.put(Some(json!({ "id": "ads", "resource": "r", "names": ["ads.test"], "allowed": ["good.ads.test"] })));
        assert_eq!((place.holds("x.ads.test"), place.holds("good.ads.test")), (Some(true), Some(false)));
        assert!(place.problem().is_some_and(|problem| problem.contains("no resource")));
        place.put(None);
        assert_eq!(place.holds("ads.test"), Some(false));
    }

    #[test]
    fn i49_a_file_counts_as_it_is_now_and_its_last_names_when_it_is_gone() {
        let (mut place, folder) = (Place::new(), tempfile::tempdir().expect("a folder"));
        let file = folder.path().join("ads.txt");
        let list = |format: &str| json!({ "id": "ads", "resource": "r", "file": file.display().to_string(), "format": format });
        place.put(Some(list("plain")));
        assert_eq!(place.holds("other.test"), None, "what was never read may hold every name");
        assert!(place.problem().is_some_and(|problem| problem.contains("cannot be read")));
        std::fs::write(&file, "ads.test\n").expect("written");
        assert_eq!((place.holds("ads.test"), place.holds("new.test")), (Some(true), Some(false)));
        std::fs::write(&file, "ads.test\nnew.test\n").expect("written");
        assert_eq!(place.holds("new.test"), Some(true));
        std::fs::remove_file(&file).expect("removed");
        assert_eq!((place.holds("new.test"), place.holds("other.test")), (Some(true), Some(false)));
        assert!(place.problem().is_some_and(|problem| problem.contains("cannot be read")));
        std::fs::write(&file, "zone.test CNAME .\n").expect("written");
        place.put(Some(list("rpz")));
        assert_eq!((place.holds("zone.test"), place.holds("ads.test")), (Some(true), Some(false)));
    }
}
