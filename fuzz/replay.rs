//! Replays a corpus in an ordinary test: included by the tests of the crates whose parsers the targets fuzz.

/// Checks every file of a corpus; the file that fails is named by the last line.
pub(crate) fn replay(target: &str, check: fn(&[u8])) {
    let folder = format!("{}/../../fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let mut inputs = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        check(&std::fs::read(&path).unwrap());
        inputs += 1;
    }
    assert!(inputs >= 8, "{inputs} inputs for {target}: the corpus is not there");
}
