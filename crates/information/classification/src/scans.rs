//! Scanning the data of a resource: an act, recorded with what was found, before the resource is as sensitive as its data.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use sekisho_capability::{Built, ChangeError, Services};
use sekisho_data_scanner::{Decoder, Format, Piece, Scanner, Undecodable};
use sekisho_model::documents::{Kind, Label};
use sekisho_model::{Actor, DataKind, Name, ResourceId, Timestamp, is_shown};
use sekisho_store::{Expected, Store, StoreError, Write};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::acts::DATA_SCANNED;
use crate::data_scan::{DataScan, KindFound};
use crate::labelling::{assessment_id, assessments};
use crate::{EvidenceKey, labelled};

/// How many values of one kind are kept as evidence.
const EVIDENCE: u32 = 20;
/// The longest name of a source, in bytes.
const SOURCE: usize = 200;

/// Data to be scanned.
pub struct NewScan<'a> {
    /// What holds it.
    pub resource: ResourceId,
    /// Where in the resource it is, as people name it.
    pub source: String,
    /// The data: text in UTF-8 or Shift_JIS, compressed with gzip or not.
    pub data: &'a [u8],
}

/// What a scan came to.
#[derive(Debug, Clone)]
pub struct Scanned {
    /// What was found.
    pub scan: DataScan,
    /// The labels that the resource carries now.
    pub labels: Vec<Name>,
    /// How sensitive they make it. `None` when it carries none.
    pub sensitivity: Option<u8>,
    /// The revision of the store that holds it.
    pub revision: u64,
}

/// Why data was not scanned.
#[derive(Debug, thiserror::Error)]
pub enum ScanRefusal {
    /// It is no text.
    #[error(transparent)]
    Undecodable(#[from] Undecodable),
    /// The source has no name that people can read.
    #[error("`source`: write 1 to 200 bytes that people can see: the name of the file, or its path")]
    Source,
    /// There is no key for evidence.
    #[error("there is no key for the evidence: nothing was scanned")]
    NoKey,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It was not recorded or not written.
    #[error(transparent)]
    Change(ChangeError),
}

/// Scans data. A cheap handle.
#[derive(Debug, Clone)]
pub struct Scans(Services);

impl Scans {
    /// The scans of a platform.
    #[must_use]
    pub const fn new(services: Services) -> Self {
        Self(services)
    }

    /// Scans data of a resource. What was found decides from now on.
    ///
    /// # Errors
    /// [`ScanRefusal`]; then the resource is as sensitive as before.
    pub async fn scan(&self, new: NewScan<'_>, actor: Actor, now: Timestamp) -> Result<Scanned, ScanRefusal> {
        let Self(services) = self;
        let is_named = !new.source.is_empty() && new.source.len() <= SOURCE && new.source.chars().all(is_shown);
        if !is_named {
            return Err(ScanRefusal::Source);
        }
        let key = EvidenceKey::of(services).await?;
        let found = found(new.data, &key)?;
        let bytes = u64::try_from(new.data.len()).unwrap_or(u64::MAX);
        let scan = DataScan { resource: new.resource, source: new.source, at: now, bytes, found };
        let target = format!("{}/{}", Kind::Resource, scan.resource);
        let begun = services.changes.begin(actor, DATA_SCANNED.code, target);
        let mut attempts = begun.attempts(now);
        let scanned = loop {
            if let Some(outcome) = attempts.settle(written(&services.store, &scan, now).await).await {
                break outcome?;
            }
        };
        // At least the revision of the commit: the caller waits until the World shows it.
        let revision = services.store.revision().await?;
        Ok(Scanned { revision, ..scanned })
    }
}

/// The scan and what follows from it, as writes.
async fn written(store: &Store, scan: &DataScan, now: Timestamp) -> Result<Built<Scanned>, ScanRefusal> {
    let labels: Vec<Label> = read_all(store, Kind::Label).await?;
    let mut scans: Vec<DataScan> = read_all(store, Kind::DataScan).await?;
    scans.retain(|other| other.resource == scan.resource && other.source != scan.source);
    scans.push(scan.clone());
    let labelled = labelled(&labels, &scans).remove(&scan.resource);
    let body = json!(scan);
    let mut writes = vec![Write::Put { kind: Kind::DataScan, id: scan_id(scan), expected: Expected::Any, body }];
    let id = assessment_id(&scan.resource);
    match labelled.as_ref().and_then(|labelled| assessments(&scan.resource, labelled, now)) {
        Some(body) => writes.push(Write::Put { kind: Kind::Assessment, id, expected: Expected::Any, body }),
        None if store.get(Kind::Assessment, &id).await?.is_some() => {
            writes.push(Write::Delete { kind: Kind::Assessment, id, expected: Expected::Any });
        }
        None => {}
    }
    let sensitivity = labelled.as_ref().map(|labelled| labelled.sensitivity);
    let labels = labelled.map(|labelled| labelled.labels).unwrap_or_default();
    let detail = json!({
        "source": scan.source, "bytes": scan.bytes, "found": scan.found, "labels": labels, "sensitivity": sensitivity,
    });
    Ok(Built { answer: Scanned { scan: scan.clone(), labels, sensitivity, revision: 0 }, detail, writes })
}

/// What is found in data, by kind.
fn found(data: &[u8], key: &EvidenceKey) -> Result<Vec<KindFound>, Undecodable> {
    let (mut decoder, mut scanner, mut text) = (Decoder::new(None), Scanner::new(Format::Unknown), String::new());
    let mut found: BTreeMap<DataKind, KindFound> = BTreeMap::new();
    let mut take = |piece: Piece<'_>| {
        let Piece::Found(finding, _) = piece else { return };
        let kind = finding.kind;
        let of_kind = found.entry(kind).or_insert_with(|| KindFound { kind, count: 0, evidence: Vec::new() });
        if of_kind.count < EVIDENCE {
            of_kind.evidence.push(key.evidence(&finding));
        }
        of_kind.count = of_kind.count.saturating_add(1);
    };
    for part in data.chunks(64 * 1024) {
        decoder.push(part, &mut text)?;
        scanner.push(&text, &mut take);
        text.clear();
    }
    decoder.finish(&mut text)?;
    scanner.push(&text, &mut take);
    scanner.finish(&mut take);
    Ok(found.into_values().collect())
}

/// Every readable document of a kind. One that cannot be read labels nothing, and is among the problems of who wrote it.
pub(crate) async fn read_all<T: DeserializeOwned>(store: &Store, kind: Kind) -> Result<Vec<T>, StoreError> {
    let all = store.list_all(kind).await?;
    Ok(all.into_iter().filter_map(|document| serde_json::from_value(document.body).ok()).collect())
}

/// The identifier of the newest scan of a source.
fn scan_id(scan: &DataScan) -> String {
    short_hash(&format!("{}/{}", scan.resource, scan.source))
}

/// A name of any length as an identifier of 32 hexadecimal digits.
pub(crate) fn short_hash(text: &str) -> String {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    hex::encode(hash.as_ref().get(..16).unwrap_or_default())
}
