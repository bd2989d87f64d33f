//! The regression events of the Sigma project against its rules. `SEKISHO_SIGMA` names the folder with `rules.tar.gz` and
//! `regression-data.tar.gz`; without it there is nothing to ask about.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use sekisho_detection::{Detector, Rules};
use sekisho_model::Timestamp;
use serde_json::{Map, Value};

/// The texts in an archive whose names end so, by name.
fn texts(archive: &Path, ending: &str) -> BTreeMap<String, String> {
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(archive).unwrap()));
    let mut texts = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let mut text = String::new();
        if name.ends_with(ending) && entry.read_to_string(&mut text).is_ok() {
            texts.insert(name, text);
        }
    }
    texts
}

/// A Windows event as the rules name its fields: what is under `System`, `EventData` and `UserData` beside each other, without spaces in names.
fn flat(event: &Value) -> Value {
    let mut fields = Map::new();
    let parts = ["/Event/System", "/Event/EventData", "/Event/UserData"].map(|part| event.pointer(part));
    for part in parts.into_iter().flatten() {
        collect(part, &mut fields);
    }
    let provider = event.pointer("/Event/System/Provider/#attributes/Name");
    fields.extend(provider.map(|provider| ("Provider_Name".to_owned(), provider.clone())));
    Value::Object(fields)
}

fn collect(part: &Value, fields: &mut Map<String, Value>) {
    for (name, value) in part.as_object().into_iter().flatten() {
        match value {
            Value::Object(_) => collect(value, fields),
            _ => {
                fields.insert(name.replace(' ', ""), value.clone());
            }
        }
    }
}

#[test]
fn the_events_of_the_sigma_project_match_their_rules() {
    let Some(folder) = std::env::var_os("SEKISHO_SIGMA") else { return };
    let rules = texts(&Path::new(&folder).join("rules.tar.gz"), ".yml");
    let events = texts(&Path::new(&folder).join("regression-data.tar.gz"), ".json");
    let of_id = |id: &str| rules.values().find(|text| text.lines().any(|line| line.trim_end() == format!("id: {id}")));
    let (mut asked, mut missed) = (0, Vec::new());
    for (name, text) in &events {
        let id = Path::new(name).file_stem().unwrap().to_str().unwrap();
        let Some(rule) = of_id(id) else { continue };
        let mut of_one = Rules::none();
        of_one.add(name, rule).unwrap();
        let mut detector = Detector::new(&of_one).unwrap();
        // A file holds one event, several, or one in each line.
        let documents: Vec<Value> = serde_json::Deserializer::from_str(text).into_iter().map(Result::unwrap).collect();
        let documents = documents.into_iter().flat_map(|one| match one {
            Value::Array(all) => all,
            one => vec![one],
        });
        let matches = documents.flat_map(|event| detector.matches(&flat(&event), Timestamp::from_millis(0))).count();
        asked += 1;
        if matches == 0 {
            missed.push(name.clone());
        }
    }
    assert!(asked >= 100, "{asked} files of events have a rule");
    assert_eq!(missed, Vec::<String>::new(), "of {asked}");
}
