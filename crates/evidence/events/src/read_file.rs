//! Reads what is asked for from a file of events: groups of rows whose statistics and bloom filters admit it, and of these the rows.

use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMillisecondType, UInt32Type};
use arrow_array::{Array, BooleanArray, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ParquetRecordBatchReaderBuilder, RowFilter};
use parquet::file::statistics::Statistics;

use crate::{Event, EventsError, Wanted, columns};

type Builder = ParquetRecordBatchReaderBuilder<File>;

/// The events of a file that are asked for, newest first, and how many groups of rows were read. Ends once there are `count`.
pub(crate) fn read(path: &Path, wanted: &Wanted, count: usize) -> Result<(Vec<Event>, usize), EventsError> {
    let wrong = || EventsError::parquet(path);
    let open = || {
        let file = File::open(path).map_err(EventsError::file(path))?;
        Builder::try_new(file).map_err(wrong())
    };
    let (mut found, mut groups) = (Vec::new(), 0);
    let mut builder = Some(open()?);
    let all = builder.as_ref().map_or(0, |builder| builder.metadata().num_row_groups());
    for group in (0..all).rev() {
        let this = match builder.take() {
            Some(builder) => builder,
            None => open()?,
        };
        if !admits(&this, group, wanted) {
            builder = Some(this);
            continue;
        }
        groups += 1;
        let filter = row_filter(&this, wanted);
        let rows = this.with_row_groups(vec![group]).with_row_filter(filter).build().map_err(wrong())?;
        let mut of_group = Vec::new();
        for batch in rows {
            of_group.extend(columns::events(&batch?));
        }
        found.extend(of_group.into_iter().rev().filter(|event| wanted.fits(event)));
        if found.len() >= count {
            break;
        }
    }
    Ok((found, groups))
}

/// Whether a group of rows may hold what is asked for.
fn admits(builder: &Builder, group: usize, wanted: &Wanted) -> bool {
    let metadata = builder.metadata().row_group(group);
    let place = |name: &str| metadata.columns().iter().position(|column| column.column_path().string() == name);
    let range = |name: &str| match metadata.column(place(name)?).statistics()? {
        Statistics::Int64(values) => Some((*values.min_opt()?, *values.max_opt()?)),
        _ => None,
    };
    let in_time = range("time").is_none_or(|(min, max)| {
        wanted.since.is_none_or(|since| since.as_millis() <= max)
            && wanted.until.is_none_or(|until| min < until.as_millis())
    });
    let in_order = range("entry").is_none_or(|(min, _)| {
        wanted.before.is_none_or(|before| i64::try_from(before.entry).is_ok_and(|before| min <= before))
    });
    let may_hold = |name: &str, value: &str| {
        let filter =
            place(name).and_then(|place| builder.get_row_group_column_bloom_filter(group, place).ok().flatten());
        filter.is_none_or(|filter| filter.check(value))
    };
    let text = |name: &str, value: &Option<String>| value.as_deref().is_none_or(|value| may_hold(name, value));
    let by_reason =
        || wanted.reason.as_deref().is_none_or(|value| may_hold("reason", value) || may_hold("code", value));
    in_time
        && in_order
        && text("person", &wanted.person)
        && text("resource", &wanted.resource)
        && text("address", &wanted.address)
        && by_reason()
}

/// Rows are chosen by the columns that are asked for, before the others are read.
fn row_filter(builder: &Builder, wanted: &Wanted) -> RowFilter {
    let columns = |names: &[&str]| ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
    let wanted = wanted.clone();
    let names = ["time", "entry", "number", "class_uid", "code", "person", "resource", "reason", "address"];
    let chosen = ArrowPredicateFn::new(columns(&names), move |batch| Ok(chosen(&batch, &wanted)));
    RowFilter::new(vec![Box::new(chosen)])
}

fn chosen(batch: &RecordBatch, wanted: &Wanted) -> BooleanArray {
    let texts = [("person", &wanted.person), ("resource", &wanted.resource), ("address", &wanted.address)];
    let texts: Vec<_> = texts
        .into_iter()
        .filter_map(|(name, value)| Some((batch.column_by_name(name)?.as_string_opt::<i32>()?, value.as_deref()?)))
        .collect();
    let times = batch.column_by_name("time").and_then(|column| column.as_primitive_opt::<TimestampMillisecondType>());
    let entries = batch.column_by_name("entry").and_then(|column| column.as_primitive_opt::<Int64Type>());
    let classes = batch.column_by_name("class_uid").and_then(|column| column.as_primitive_opt::<UInt32Type>());
    let (since, until) = (wanted.since.map(|at| at.as_millis()), wanted.until.map(|at| at.as_millis()));
    let before = wanted.before.and_then(|before| i64::try_from(before.entry).ok());
    let is = |row: usize| {
        times.is_none_or(|times| {
            since.is_none_or(|since| since <= times.value(row)) && until.is_none_or(|until| times.value(row) < until)
        }) && entries.is_none_or(|entries| before.is_none_or(|before| entries.value(row) <= before))
            && classes.is_none_or(|classes| wanted.class.is_none_or(|class| class.uid() == classes.value(row)))
            && texts.iter().all(|(column, value)| column.is_valid(row) && column.value(row) == *value)
    };
    (0..batch.num_rows()).map(|row| Some(is(row))).collect()
}
