//! Writes a file of events: complete under its name, or not there.

use std::fs::File;
use std::path::Path;

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::schema::types::ColumnPath;

use crate::columns::{FOUND_BY, batch, schema};
use crate::file_name::{FileName, files};
use crate::{Event, EventsError};

/// How many rows a group has: what a search passes over or reads.
const GROUP: usize = 16_384;
/// For how many different values of a column a bloom filter is made. More make it less selective, not wrong.
const DIFFERENT: u64 = 4_096;
const CURSOR: &str = "sekisho.cursor";

/// Up to where the ledger has events: the next entry, and how much of which segment of accesses the last seal covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// The next entry.
    pub next: u64,
    /// The segment of the last seal.
    pub segment: u64,
    /// The bytes of it that the seal covered.
    pub sealed: u64,
}

/// Writes events, in the order of their positions, that begin with the entry `first` and end before `cursor`.
///
/// # Errors
/// When the folder cannot be written.
pub fn write<E: AsRef<Event>>(folder: &Path, first: u64, events: &[E], cursor: Cursor) -> Result<(), EventsError> {
    let times = || events.iter().map(|event| event.as_ref().at.as_millis());
    let (Some(from), Some(to)) = (times().min(), times().max()) else { return Ok(()) };
    let path = FileName { first, end: cursor.next, from, to }.path(folder);
    let partial = folder.join("next.part");
    let file = File::create(&partial).map_err(EventsError::file(&partial))?;
    let wrong = || EventsError::parquet(&partial);
    let mut writer = ArrowWriter::try_new(file, schema(), Some(properties(cursor)?)).map_err(wrong())?;
    for rows in events.chunks(GROUP) {
        writer.write(&batch(rows)?).map_err(wrong())?;
    }
    let file = writer.into_inner().map_err(wrong())?;
    file.sync_all().map_err(EventsError::file(&partial))?;
    std::fs::rename(&partial, &path).map_err(EventsError::file(&path))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(EventsError::file(folder))
}

/// Where the files of a folder end.
///
/// # Errors
/// When the last file is not what this program writes.
pub(crate) fn last_cursor(folder: &Path) -> Result<Cursor, EventsError> {
    let Some(last) = files(folder)?.pop() else { return Ok(Cursor::default()) };
    let path = last.path(folder);
    let file = File::open(&path).map_err(EventsError::file(&path))?;
    let reader = SerializedFileReader::new(file).map_err(EventsError::parquet(&path))?;
    let values = reader.metadata().file_metadata().key_value_metadata();
    let value = values.into_iter().flatten().find(|pair| pair.key == CURSOR).and_then(|pair| pair.value.as_deref());
    let numbers: Vec<u64> = value.unwrap_or_default().split(' ').filter_map(|number| number.parse().ok()).collect();
    match numbers.as_slice() {
        [next, segment, sealed] => Ok(Cursor { next: *next, segment: *segment, sealed: *sealed }),
        _ => Ok(Cursor { next: last.end, segment: 0, sealed: 0 }),
    }
}

fn properties(cursor: Cursor) -> Result<WriterProperties, EventsError> {
    let level = ZstdLevel::try_new(3).map_err(EventsError::parquet(Path::new("zstd")))?;
    let Cursor { next, segment, sealed } = cursor;
    let value = KeyValue::new(CURSOR.to_owned(), format!("{next} {segment} {sealed}"));
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(GROUP))
        .set_created_by("sekisho".to_owned())
        .set_key_value_metadata(Some(vec![value]));
    for column in FOUND_BY {
        let path = ColumnPath::from(column);
        properties = properties
            .set_column_bloom_filter_enabled(path.clone(), true)
            .set_column_bloom_filter_max_ndv(path, DIFFERENT);
    }
    Ok(properties.build())
}
