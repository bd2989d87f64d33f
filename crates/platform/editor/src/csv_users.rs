//! Accounts in CSV files: the columns, and from rows to documents, with what is wrong by line and column.

use sekisho_model::documents::Kind;
use serde_json::{Map, Value, json};

use crate::csv_export::original;

/// The columns of accounts: their names and the fields of the document.
pub(crate) const COLUMNS: &[(&str, &str)] = &[
    ("id", "/id"),
    ("name", "/name"),
    ("email", "/email"),
    ("department", "/department"),
    ("employment", "/employment"),
    ("clearance", "/clearance"),
    ("status", "/status"),
    ("identity_assurance", "/identity_assurance"),
    ("groups", "/groups"),
];

/// An account of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) line: u64,
    pub(crate) id: String,
    /// The fields that the file has. `null` takes a field away.
    pub(crate) fields: Map<String, Value>,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: u64,
    /// The name of the column; empty for the line as a whole.
    pub(crate) column: String,
    pub(crate) why: FaultWhy,
}

/// Why a cell is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FaultWhy {
    /// The key of a text of ours.
    Key(&'static str),
    /// What a type says of it.
    Said(String),
}

/// The accounts of a file.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn read(text: &str) -> Result<Vec<Row>, Vec<Fault>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let fault = |line, column: &str, why| Fault { line, column: column.to_owned(), why };
    let head = match reader.headers() {
        Ok(head) => head.iter().map(str::to_owned).collect::<Vec<String>>(),
        Err(error) => return Err(vec![fault(1, "", FaultWhy::Said(error.to_string()))]),
    };
    let mut faults: Vec<Fault> = Vec::new();
    for name in head.iter().filter(|name| !COLUMNS.iter().any(|(known, _)| known == name)) {
        faults.push(fault(1, name, FaultWhy::Key("csv-unknown-column")));
    }
    if !head.iter().any(|name| name == "id") {
        faults.push(fault(1, "id", FaultWhy::Key("csv-no-id")));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let (mut rows, mut seen) = (Vec::new(), std::collections::BTreeSet::new());
    for record in reader.records() {
        match record {
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                faults.push(fault(line, "", FaultWhy::Key("csv-cells")));
            }
            Ok(record) => {
                let line = record.position().map_or(1, csv::Position::line);
                match row(line, &head, &record) {
                    Ok(row) if !seen.insert(row.id.clone()) => {
                        faults.push(fault(line, "id", FaultWhy::Key("csv-twice")))
                    }
                    Ok(row) => rows.push(row),
                    Err(wrong) => faults.extend(wrong),
                }
            }
        }
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

fn row(line: u64, head: &[String], record: &csv::StringRecord) -> Result<Row, Vec<Fault>> {
    let (mut fields, mut faults, mut id) = (Map::new(), Vec::new(), String::new());
    for (name, cell) in head.iter().zip(record) {
        let cell = original(cell);
        let value = match name.as_str() {
            "id" => {
                cell.clone_into(&mut id);
                Ok(json!(cell))
            }
            "clearance" | "identity_assurance" if !cell.is_empty() => {
                cell.parse::<i64>().map(|number| json!(number)).map_err(|_| "wrong-number")
            }
            "groups" => Ok(json!(cell.split([' ', ';', ',']).filter(|one| !one.is_empty()).collect::<Vec<_>>())),
            _ if cell.is_empty() => Ok(Value::Null),
            _ => Ok(json!(cell)),
        };
        match value {
            Ok(value) => drop(fields.insert(name.clone(), value)),
            Err(key) => faults.push(Fault { line, column: name.clone(), why: FaultWhy::Key(key) }),
        }
    }
    if id.is_empty() {
        faults.push(Fault { line, column: "id".to_owned(), why: FaultWhy::Key("wrong-missing") });
    }
    if faults.is_empty() { Ok(Row { line, id, fields }) } else { Err(faults) }
}

impl Row {
    /// The account as the file has it: fields that the file does not have stay as they are.
    ///
    /// # Errors
    /// What its type says, beside its column.
    pub(crate) fn body(&self, now: Option<&Value>) -> Result<Value, Fault> {
        let mut body = now.and_then(Value::as_object).cloned().unwrap_or_default();
        for (name, value) in &self.fields {
            match value {
                Value::Null => drop(body.remove(name)),
                value => drop(body.insert(name.clone(), value.clone())),
            }
        }
        let body = Value::Object(body);
        match Kind::User.normalise(&body) {
            Ok(_) => Ok(body),
            Err(message) => {
                let named = message.strip_prefix('`').or_else(|| message.strip_prefix("missing field `"));
                let column = named.and_then(|rest| rest.split(['`', '.', '[']).next()).unwrap_or_default().to_owned();
                Err(Fault { line: self.line, column, why: FaultWhy::Said(message) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_accounts_and_keep_what_they_do_not_name() {
        let rows = read("\u{feff}id,name,groups,clearance\ncarol,\"Kato, Carol\",staff finance,2\n").expect("rows");
        assert_eq!(rows[0].line, 2);
        let now = json!({ "id": "carol", "name": "Old", "department": "HR", "clearance": 1 });
        let body = rows[0].body(Some(&now)).expect("an account");
        assert_eq!(
            body,
            json!({ "id": "carol", "name": "Kato, Carol", "department": "HR", "clearance": 2, "groups": ["staff", "finance"] })
        );
        // An empty cell takes the field away.
        let rows = read("id,name,department\ncarol,Carol,\n").expect("rows");
        assert!(rows[0].body(Some(&now)).expect("an account").get("department").is_none());
    }

    #[test]
    fn what_is_wrong_is_told_by_line_and_column() {
        let faults =
            |text: &str| read(text).expect_err(text).into_iter().map(|one| (one.line, one.column)).collect::<Vec<_>>();
        assert_eq!(faults("name,shoe\nx,1\n"), [(1, "shoe".to_owned()), (1, "id".to_owned())]);
        assert_eq!(
            faults("id,name,clearance\na,A,1\nb,B,high\n,C,1\n"),
            [(3, "clearance".to_owned()), (4, "id".to_owned())]
        );
        assert_eq!(faults("id,name\na,A\na,B\n"), [(3, "id".to_owned())]);
        assert_eq!(faults("id,name\na\n"), [(2, String::new())]);
        let rows = read("id,name,clearance,employment\na,A,9,staff\nb,B,1,boss\nc,,1,staff\n").expect("rows");
        let columns: Vec<String> = rows.iter().map(|row| row.body(None).expect_err("wrong").column).collect();
        assert_eq!(columns, ["clearance", "employment", "name"]);
    }
}
