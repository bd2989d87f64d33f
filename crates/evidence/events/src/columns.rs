//! Events as columns and back: the names and types that other programs see.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMillisecondType, UInt32Type};
use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray, UInt32Array};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use sekisho_model::Timestamp;

use crate::{Class, Event, Position};

/// The columns that a search compares, and that have bloom filters.
pub(crate) const FOUND_BY: [&str; 6] = ["person", "target", "resource", "reason", "code", "address"];

/// What a column of text holds of an event.
type TextOf = fn(&Event) -> Option<&str>;

/// The columns of text, with what they hold of an event.
const TEXTS: [(&str, TextOf); 10] = [
    ("code", |event| Some(&event.code)),
    ("outcome", |event| event.outcome.as_deref()),
    ("person", |event| event.person.as_deref()),
    ("target", |event| event.target.as_deref()),
    ("device", |event| event.device.as_deref()),
    ("resource", |event| event.resource.as_deref()),
    ("reason", |event| event.reason.as_deref()),
    ("address", |event| event.address.as_deref()),
    ("request", |event| event.request.as_deref()),
    ("ocsf", |event| Some(&event.ocsf)),
];

/// The columns.
pub(crate) fn schema() -> SchemaRef {
    let zone = Some("UTC".into());
    let numbers = [
        Field::new("time", DataType::Timestamp(TimeUnit::Millisecond, zone), false),
        Field::new("entry", DataType::Int64, false),
        Field::new("number", DataType::UInt32, false),
        Field::new("class_uid", DataType::UInt32, false),
        Field::new("activity_id", DataType::UInt32, false),
        Field::new("severity_id", DataType::UInt32, false),
    ];
    let texts = TEXTS.iter().map(|(name, _)| Field::new(*name, DataType::Utf8, true));
    Arc::new(Schema::new(numbers.into_iter().chain(texts).collect::<Vec<_>>()))
}

/// Events as one batch of rows.
pub(crate) fn batch<E: AsRef<Event>>(events: &[E]) -> Result<RecordBatch, ArrowError> {
    let number = |of: fn(&Event) -> u32| -> ArrayRef {
        Arc::new(events.iter().map(|event| of(event.as_ref())).collect::<UInt32Array>())
    };
    let times = events.iter().map(|event| Some(event.as_ref().at.as_millis()));
    let entries = events.iter().map(|event| i64::try_from(event.as_ref().position.entry).ok());
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(times.collect::<TimestampMillisecondArray>().with_timezone("UTC")),
        Arc::new(entries.collect::<Int64Array>()),
        number(|event| event.position.number),
        number(|event| event.class.uid()),
        number(|event| event.activity),
        number(|event| event.severity),
    ];
    for (_, of) in TEXTS {
        columns.push(Arc::new(events.iter().map(|event| of(event.as_ref())).collect::<StringArray>()));
    }
    RecordBatch::try_new(schema(), columns)
}

/// The events of a batch. A row that this program did not write is passed over.
pub(crate) fn events(batch: &RecordBatch) -> Vec<Event> {
    (0..batch.num_rows()).filter_map(|row| event(batch, row)).collect()
}

fn event(batch: &RecordBatch, row: usize) -> Option<Event> {
    let number = |name: &str| {
        let column = batch.column_by_name(name)?.as_primitive_opt::<UInt32Type>()?;
        column.is_valid(row).then(|| column.value(row))
    };
    let text = |name: &str| {
        let column = batch.column_by_name(name)?.as_string_opt::<i32>()?;
        column.is_valid(row).then(|| column.value(row).to_owned())
    };
    let at = batch.column_by_name("time")?.as_primitive_opt::<TimestampMillisecondType>()?.value(row);
    let entry = batch.column_by_name("entry")?.as_primitive_opt::<Int64Type>()?.value(row);
    Some(Event {
        position: Position { entry: u64::try_from(entry).ok()?, number: number("number")? },
        at: Timestamp::from_millis(at),
        class: Class::of_uid(number("class_uid")?)?,
        activity: number("activity_id")?,
        severity: number("severity_id")?,
        code: text("code")?,
        outcome: text("outcome"),
        person: text("person"),
        target: text("target"),
        device: text("device"),
        resource: text("resource"),
        reason: text("reason"),
        address: text("address"),
        request: text("request"),
        ocsf: text("ocsf")?,
    })
}
