//! I-11: any altered, removed, reordered or truncated entry is found, and the first is named.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod sample;

use std::path::{Path, PathBuf};

use sample::{act, check, decision, events, key, open, public};
use sekisho_ledger::{Checkpoint, Known, Ledger, LedgerError, Standing, Witness};
use sekisho_model::Outcome;

/// A closed ledger: groups of several sizes, two access segments, entries before and after a checkpoint.
async fn small_ledger(folder: &Path) {
    let ledger = open(folder);
    ledger.append(decision("r0", "aoi", Outcome::Deny)).await.unwrap();
    ledger.access(events(2)).unwrap();
    ledger.checkpoint().await.unwrap();
    ledger.close().await;
    let ledger = open(folder);
    ledger.append_all(vec![act(1), act(2)]).await.unwrap();
    ledger.access(events(2)).unwrap();
    ledger.append(act(3)).await.unwrap();
    ledger.close().await;
}

/// A ledger as a crash would leave it: the checkpoint and tiles are older than the journal and the head.
async fn crashed_ledger(folder: &Path) {
    let whole = tempfile::tempdir().unwrap();
    let ledger = open(whole.path());
    ledger.append_all(vec![act(1), act(2)]).await.unwrap();
    ledger.checkpoint().await.unwrap();
    // Everything is published: nothing changes until something is appended.
    copy(whole.path(), folder);
    ledger.append(act(3)).await.unwrap();
    ledger.append(act(4)).await.unwrap();
    ledger.close().await;
    for name in ["head", "journal/00000000000000000000"] {
        std::fs::copy(whole.path().join(name), folder.join(name)).unwrap();
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&file, target).unwrap();
    }
}

/// Alters each file in each way that `ways` makes of its length, and calls that found which `verify` finds.
fn each_alteration(folder: &Path, ways: impl Fn(usize) -> Vec<Alteration>) -> usize {
    assert!(check(folder).is_whole(), "{:?}", check(folder).findings);
    let mut tried = 0;
    // What searches read stands beside the evidence and is made again from it: no proof rests on it.
    let search = folder.join("search");
    for file in files(folder).into_iter().filter(|file| !file.starts_with(&search)) {
        let whole = std::fs::read(&file).unwrap();
        for way in ways(whole.len()) {
            std::fs::write(&file, way.apply(&whole)).unwrap();
            let report = check(folder);
            assert!(!report.is_whole(), "{} {way:?} was not found", file.display());
            tried += 1;
        }
        std::fs::write(&file, &whole).unwrap();
    }
    assert!(check(folder).is_whole());
    tried
}

#[derive(Debug, Clone, Copy)]
enum Alteration {
    Flip(usize, usize),
    Cut(usize),
}

impl Alteration {
    fn apply(self, whole: &[u8]) -> Vec<u8> {
        let mut altered = whole.to_vec();
        match self {
            Self::Flip(place, bit) => altered.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1 << bit),
            Self::Cut(length) => altered.truncate(length),
        }
        altered
    }
}

#[tokio::test]
async fn i11_every_flipped_byte_of_a_small_ledger_is_found() {
    let folder = tempfile::tempdir().unwrap();
    small_ledger(folder.path()).await;
    let flips = |length: usize| (0..length).map(|place| Alteration::Flip(place, place % 8)).collect();
    let tried = each_alteration(folder.path(), flips);
    assert!(tried > 3_000, "{tried}");
}

#[tokio::test]
async fn i11_a_small_ledger_cut_anywhere_is_found() {
    let folder = tempfile::tempdir().unwrap();
    small_ledger(folder.path()).await;
    let tried = each_alteration(folder.path(), |length| (0..length).map(Alteration::Cut).collect());
    assert!(tried > 3_000, "{tried}");
}

#[tokio::test]
async fn i11_what_came_after_the_last_checkpoint_cannot_be_altered_or_cut() {
    let folder = tempfile::tempdir().unwrap();
    crashed_ledger(folder.path()).await;
    assert_eq!(check(folder.path()).entries, 4);
    let ways = |length: usize| {
        let flips = (0..length).step_by(3).map(|place| Alteration::Flip(place, 0));
        flips.chain((0..length).step_by(3).map(Alteration::Cut)).collect()
    };
    each_alteration(folder.path(), ways);
    // Nor does opening such a ledger take it for an interrupted write.
    let journal = folder.path().join("journal/00000000000000000000");
    let whole = std::fs::read(&journal).unwrap();
    for length in (0..whole.len()).step_by(7) {
        std::fs::write(&journal, &whole[..length]).unwrap();
        assert!(Ledger::open(folder.path(), sample::ORIGIN, key()).is_err(), "cut at {length}");
    }
}

#[tokio::test]
async fn i11_a_removed_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    small_ledger(folder.path()).await;
    for file in files(folder.path()) {
        let whole = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert!(!check(folder.path()).is_whole(), "{}", file.display());
        std::fs::write(&file, &whole).unwrap();
    }
    assert!(check(folder.path()).is_whole());
}

/// A ledger with full tiles, closed; and its first bundle.
async fn large_ledger(folder: &Path) -> (PathBuf, Vec<Vec<u8>>) {
    let ledger = open(folder);
    for part in 0..6 {
        ledger.append_all((part * 100..part * 100 + 100).map(act).collect()).await.unwrap();
    }
    ledger.close().await;
    let bundle = folder.join("tile/entries/000");
    let entries = (0..256).map(|number| serde_json::to_vec(&act(number)).unwrap()).collect();
    (bundle, entries)
}

fn bundle(entries: &[Vec<u8>]) -> Vec<u8> {
    entries
        .iter()
        .flat_map(|entry| [&u16::try_from(entry.len()).unwrap().to_be_bytes(), entry.as_slice()].concat())
        .collect()
}

#[tokio::test]
async fn i11_the_first_wrong_entry_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (path, entries) = large_ledger(folder.path()).await;
    assert_eq!(std::fs::read(&path).unwrap(), bundle(&entries));
    let first = |altered: &[Vec<u8>]| {
        std::fs::write(&path, bundle(altered)).unwrap();
        check(folder.path()).first().expect("found").index
    };
    for index in [0_usize, 1, 100, 255] {
        let mut altered = entries.clone();
        altered[index] = serde_json::to_vec(&act(9_999)).unwrap();
        assert_eq!(first(&altered), Some(index as u64), "altered");
        let mut altered = entries.clone();
        altered.remove(index);
        assert_eq!(first(&altered), Some(index as u64), "removed");
        let mut altered = entries.clone();
        altered.insert(index, serde_json::to_vec(&act(9_999)).unwrap());
        assert_eq!(first(&altered), Some(index as u64), "inserted");
    }
    for (low, high) in [(0, 1), (7, 200), (254, 255)] {
        let mut altered = entries.clone();
        altered.swap(low, high);
        assert_eq!(first(&altered), Some(low as u64), "reordered");
    }
    std::fs::remove_file(&path).unwrap();
    assert_eq!(check(folder.path()).first().expect("found").index, Some(0), "a bundle removed");
    std::fs::write(&path, bundle(&entries)).unwrap();
    assert!(check(folder.path()).is_whole());
}

#[tokio::test]
async fn i11_whoever_rewrites_entries_and_tiles_has_no_signature_for_them() {
    let (folder, forged) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    large_ledger(folder.path()).await;
    // The forger has everything but the key: a whole consistent ledger, with one entry that says something else.
    let other = sekisho_ledger::SigningKey::from_seed(&[8; 32]).unwrap();
    let ledger = Ledger::open(forged.path(), sample::ORIGIN, other).unwrap();
    for part in 0..6 {
        let part = part * 100..part * 100 + 100;
        ledger.append_all(part.map(|number| act(if number == 40 { 9_999 } else { number })).collect()).await.unwrap();
    }
    ledger.close().await;
    assert!(!check(forged.path()).is_whole());
    let signed = tempfile::tempdir().unwrap();
    copy(forged.path(), signed.path());
    for name in ["checkpoint", "head", "journal/00000000000000000000"] {
        std::fs::copy(folder.path().join(name), signed.path().join(name)).unwrap();
    }
    let report = check(signed.path());
    assert_eq!(report.first().expect("found").index, Some(40), "{:?}", report.findings);
}

#[tokio::test]
async fn i11_flips_and_cuts_of_a_ledger_with_full_tiles_are_found() {
    let folder = tempfile::tempdir().unwrap();
    large_ledger(folder.path()).await;
    let ledger = open(folder.path());
    ledger.append(act(600)).await.unwrap();
    ledger.close().await;
    let ways = |length: usize| {
        let places = (0..length).step_by(1 + length / 12);
        places.clone().map(|place| Alteration::Flip(place, 3)).chain(places.map(Alteration::Cut)).collect()
    };
    each_alteration(folder.path(), ways);
}

#[tokio::test]
async fn i11_an_older_copy_of_everything_is_found_with_a_checkpoint_kept_elsewhere() {
    let (folder, older) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ledger = open(folder.path());
    ledger.append_all((0..10).map(act).collect()).await.unwrap();
    ledger.close().await;
    copy(folder.path(), older.path());
    let ledger = open(folder.path());
    ledger.append_all((10..20).map(act).collect()).await.unwrap();
    let note = ledger.checkpoint().await.unwrap();
    ledger.close().await;
    let head = Checkpoint::open(&note, &public()).unwrap();
    let kept = [Known { head, by: Witness::Elsewhere }];
    assert!(sekisho_ledger::verify(folder.path(), &public(), &kept).is_whole());
    assert!(check(older.path()).is_whole(), "by itself an older copy is a valid ledger");
    let report = sekisho_ledger::verify(older.path(), &public(), &kept);
    assert_eq!(report.first().expect("found").index, Some(10));
    // A fork: the same key signed something else in its place.
    let ledger = open(older.path());
    ledger.append_all((100..120).map(act).collect()).await.unwrap();
    ledger.close().await;
    assert!(check(older.path()).is_whole());
    assert!(!sekisho_ledger::verify(older.path(), &public(), &kept).is_whole());
}

#[tokio::test]
async fn i11_a_ledger_with_full_tiles_on_two_levels_is_checked_and_proven() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    for part in 0..41 {
        ledger.append_all((part * 1_600..part * 1_600 + 1_600).map(act).collect()).await.unwrap();
    }
    ledger.close().await;
    let ledger = open(folder.path());
    assert_eq!(ledger.append(act(65_600)).await.unwrap(), 65_600);
    let checkpoint = Checkpoint::open(&ledger.checkpoint().await.unwrap(), &public()).unwrap();
    for index in [0, 40_000, 65_535, 65_536, 65_600] {
        let proof = ledger.prove(index).await.unwrap();
        assert_eq!(proof.entry, serde_json::to_vec(&act(index)).unwrap());
        assert!(proof.verify(&checkpoint), "{index}");
    }
    ledger.close().await;
    assert!(check(folder.path()).is_whole(), "{:?}", check(folder.path()).findings);
    for name in ["tile/1/000", "tile/2/000.p/1", "tile/0/100", "tile/0/256.p/65"] {
        let path = folder.path().join(name);
        let whole = std::fs::read(&path).unwrap();
        let flip = Alteration::Flip(whole.len() / 2, 1);
        std::fs::write(&path, flip.apply(&whole)).unwrap();
        assert!(!check(folder.path()).is_whole(), "{name}");
        std::fs::write(&path, whole).unwrap();
    }
}

/// Cuts a closed ledger after its first `size` entries, as somebody can who has neither the key nor an earlier copy: the signed head
/// comes from the journal, and the tiles are made of its entries at the next opening.
#[expect(clippy::indexing_slicing, reason = "a test may stop at the first surprise")]
fn cut(folder: &Path, size: u64) {
    let journal = folder.join("journal/00000000000000000000");
    let bytes = std::fs::read(&journal).unwrap();
    let name = format!("{}\n", public().name());
    let (mut end, mut note) = (0, Vec::new());
    while !note.starts_with(format!("{name}{size}\n").as_bytes()) {
        let length = usize::try_from(u32::from_be_bytes(bytes[end..end + 4].try_into().unwrap())).unwrap();
        let group = &bytes[end + 4..end + 4 + length];
        let begin = group.windows(name.len()).rposition(|part| part == name.as_bytes()).unwrap();
        note = group[begin..].to_vec();
        end += 4 + length;
    }
    std::fs::write(&journal, &bytes[..end]).unwrap();
    std::fs::write(folder.join("checkpoint"), &note).unwrap();
    note.resize(512, 0);
    std::fs::write(folder.join("head"), note).unwrap();
}

#[tokio::test]
async fn i11_a_ledger_that_was_cut_without_the_key_is_not_the_one_of_the_sealed_head() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    for number in 0..6 {
        ledger.append(act(number)).await.unwrap();
    }
    let sealed = ledger.head().await.unwrap().unwrap();
    assert_eq!(sealed.size, 6);
    assert!(ledger.begins_with(&sealed).await.unwrap());
    ledger.append(act(6)).await.unwrap();
    assert!(ledger.begins_with(&sealed).await.unwrap(), "a ledger that grew begins with it still");
    ledger.close().await;
    let known = [Known { head: sealed.clone(), by: Witness::Store }];
    let report = sekisho_ledger::verify(folder.path(), &public(), &known);
    assert!(report.is_whole() && report.vouched == Some(6), "{report:?}");
    assert_eq!(
        check(folder.path()).vouched,
        None,
        "by itself a folder does not show that nothing is missing at its end"
    );

    cut(folder.path(), 3);
    let ledger = open(folder.path());
    assert_eq!(ledger.size(), 3, "the cut log is a valid one");
    assert!(!ledger.begins_with(&sealed).await.unwrap());
    ledger.close().await;
    assert!(check(folder.path()).is_whole(), "{:?}", check(folder.path()).findings);
    let report = sekisho_ledger::verify(folder.path(), &public(), &known);
    assert_eq!(report.first().unwrap().index, Some(3), "{report:?}");

    // It does not help to let the log grow over the sealed size again.
    let ledger = open(folder.path());
    ledger.append_all((50..60).map(act).collect()).await.unwrap();
    assert!(!ledger.begins_with(&sealed).await.unwrap());
    ledger.set_rolled_back(true);
    assert_eq!(ledger.standing(), Standing::RolledBack);
    assert!(matches!(ledger.append(act(9)).await, Err(LedgerError::RolledBack)));
    assert!(ledger.access(events(1)).is_err());
    ledger.set_rolled_back(false);
    ledger.append(act(9)).await.unwrap();
}
