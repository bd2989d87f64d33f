//! Reading the files of a source. Blocking: it runs on a thread of its own.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sekisho_model::documents::VulnerabilityFormat;
use sekisho_vulnerability_matching::{Content, Unreadable, kev, osv, rustsec, vex};

use crate::failure::SourceFailure;

/// The largest file, in bytes.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;
/// The largest source, in bytes.
const LARGEST: u64 = 2 * 1024 * 1024 * 1024;
/// The most files of a source.
const MOST_FILES: usize = 500_000;
/// How deep folders are looked into.
const DEPTH: usize = 8;

/// What was read of a source.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) content: Content,
    /// How many advisories, vulnerabilities or statements it has.
    pub(crate) records: usize,
    /// How many of its advisories cannot be used, because their versions have no order here.
    pub(crate) skipped: usize,
}

/// Reads a source. A file that is not what it should be fails the whole reading: perhaps it is being written now.
pub(crate) fn read(root: &Path, path: &str, format: VulnerabilityFormat) -> Result<Read, SourceFailure> {
    let missing = || SourceFailure::Missing(path.to_owned());
    let root = root.canonicalize().map_err(|_| missing())?;
    let start = root.join(path).canonicalize().map_err(|_| missing())?;
    // INVARIANT I-46: a link that leads out of the folder of sources is not followed.
    if start == root || !start.starts_with(&root) {
        return Err(missing());
    }
    let mut files = Vec::new();
    collect(&start, extension(format), DEPTH, &mut files)?;
    files.sort_unstable();
    let (mut gathered, mut bytes) = (Gathered::default(), 0);
    for file in files {
        let name = || file.strip_prefix(&root).unwrap_or(&file).display().to_string();
        let text = content(&file, &name)?;
        bytes += u64::try_from(text.len()).unwrap_or(u64::MAX);
        if bytes > LARGEST {
            return Err(SourceFailure::TooLarge("2 GiB"));
        }
        match gathered.take(format, &file, &text) {
            Err(Unreadable::Unordered) => gathered.skipped += 1,
            taken => taken.map_err(|why| SourceFailure::Unusable { file: name(), why })?,
        }
    }
    gathered.read(format)
}

const fn extension(format: VulnerabilityFormat) -> &'static str {
    match format {
        VulnerabilityFormat::Rustsec => "md",
        VulnerabilityFormat::Osv | VulnerabilityFormat::Kev | VulnerabilityFormat::Openvex => "json",
    }
}

/// The files of that extension at and below a place. Links within folders are not followed.
fn collect(place: &Path, wanted: &str, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), SourceFailure> {
    let wrong = |error: std::io::Error| SourceFailure::Io { file: shown(place), kind: error.kind() };
    let kind = std::fs::symlink_metadata(place).map_err(wrong)?.file_type();
    if kind.is_file() && place.extension().is_some_and(|extension| extension == wanted) {
        files.push(place.to_owned());
    }
    if files.len() > MOST_FILES {
        return Err(SourceFailure::TooLarge("500,000 files"));
    }
    if kind.is_dir() && depth > 0 {
        for entry in std::fs::read_dir(place).map_err(wrong)? {
            collect(&entry.map_err(wrong)?.path(), wanted, depth - 1, files)?;
        }
    }
    Ok(())
}

fn content(file: &Path, name: &dyn Fn() -> String) -> Result<Vec<u8>, SourceFailure> {
    let wrong = |error: std::io::Error| SourceFailure::Io { file: name(), kind: error.kind() };
    let mut text = Vec::new();
    File::open(file).map_err(wrong)?.take(LARGEST_FILE + 1).read_to_end(&mut text).map_err(wrong)?;
    match u64::try_from(text.len()) {
        Ok(length) if length <= LARGEST_FILE => Ok(text),
        _ => Err(SourceFailure::TooLarge("16 MiB in one file")),
    }
}

fn shown(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[derive(Default)]
struct Gathered {
    advisories: Vec<sekisho_vulnerability_matching::Advisory>,
    exploited: BTreeSet<String>,
    statements: Vec<vex::Statement>,
    skipped: usize,
}

impl Gathered {
    fn take(&mut self, format: VulnerabilityFormat, file: &Path, text: &[u8]) -> Result<(), Unreadable> {
        let advisory = match format {
            VulnerabilityFormat::Osv => osv::read(text)?,
            VulnerabilityFormat::Rustsec if !shown(file).starts_with("RUSTSEC-") => return Ok(()),
            VulnerabilityFormat::Rustsec => {
                rustsec::read(std::str::from_utf8(text).map_err(|_| Unreadable::Form("RustSec advisory"))?)?
            }
            VulnerabilityFormat::Kev => {
                self.exploited.append(&mut kev::read(text)?);
                return Ok(());
            }
            VulnerabilityFormat::Openvex => {
                self.statements.append(&mut vex::read(text)?);
                return Ok(());
            }
        };
        // One that was withdrawn, or only informs, does not count.
        self.advisories.extend(advisory);
        Ok(())
    }

    fn read(self, format: VulnerabilityFormat) -> Result<Read, SourceFailure> {
        let (content, records) = match format {
            VulnerabilityFormat::Osv | VulnerabilityFormat::Rustsec => {
                let records = self.advisories.len();
                (Content::Advisories(self.advisories), records)
            }
            VulnerabilityFormat::Kev => {
                let records = self.exploited.len();
                (Content::Exploited(self.exploited), records)
            }
            VulnerabilityFormat::Openvex => {
                let records = self.statements.len();
                (Content::Statements(self.statements), records)
            }
        };
        // INVARIANT I-45: a source in which nothing is found has failed; it does not say that nothing is vulnerable.
        if records == 0 {
            return Err(SourceFailure::Empty);
        }
        Ok(Read { content, records, skipped: self.skipped })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"id":"X-1","affected":[{"package":{"ecosystem":"PyPI","name":"a"},"versions":["1"]}]}"#;

    fn write(folder: &Path, name: &str, text: &str) {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(file, text).expect("written");
    }

    fn read_osv(root: &Path, path: &str) -> Result<Read, String> {
        read(root, path, VulnerabilityFormat::Osv).map_err(|failure| failure.to_string())
    }

    #[test]
    fn i46_no_link_leads_out_of_the_folder_of_sources() {
        let (root, outside) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        write(outside.path(), "secret.json", RECORD);
        write(root.path(), "in/a.json", RECORD);
        std::os::unix::fs::symlink(outside.path(), root.path().join("out")).expect("a link");
        std::os::unix::fs::symlink(outside.path().join("secret.json"), root.path().join("in/b.json")).expect("a link");
        assert_eq!(read_osv(root.path(), "in").expect("read").records, 1, "the link beside it is not followed");
        for path in ["out", "out/secret.json", "in/b.json", "gone"] {
            let said = read_osv(root.path(), path).expect_err(path);
            assert_eq!(said, format!("there is no `{path}` in the folder of sources"));
        }
    }

    #[test]
    fn i45_a_source_that_is_empty_or_damaged_has_failed() {
        let root = tempfile::tempdir().expect("a folder");
        write(root.path(), "empty/readme.txt", "x");
        assert_eq!(read_osv(root.path(), "empty").expect_err("nothing"), "holds nothing of this format");
        write(root.path(), "half/a.json", RECORD);
        write(root.path(), "half/b.json", RECORD.trim_end_matches('}'));
        let said = read_osv(root.path(), "half").expect_err("half a file");
        assert_eq!(said, "`half/b.json` is no OSV record");
        write(root.path(), "withdrawn/a.json", r#"{"id":"X-1","withdrawn":"2026-01-01T00:00:00Z"}"#);
        assert!(read_osv(root.path(), "withdrawn").is_err());
    }

    #[test]
    fn a_record_without_order_is_counted_and_harms_no_other() {
        let root = tempfile::tempdir().expect("a folder");
        write(root.path(), "s/a.json", RECORD);
        let unordered = r#"{"id":"X-2","affected":[{"package":{"ecosystem":"PyPI","name":"b"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"?"}]}]}]}"#;
        write(root.path(), "s/deep/er/b.json", unordered);
        let found = read_osv(root.path(), "s").expect("read");
        assert_eq!((found.records, found.skipped), (1, 1));
    }
}
