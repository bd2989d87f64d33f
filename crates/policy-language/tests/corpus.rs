//! Every input of the fuzz corpora, checked with what the fuzz targets check.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test reads files, prints, and may stop at the first surprise"
)]

#[path = "../../../fuzz/targets/policy.rs"]
mod policy;

/// Checks every file of a corpus; the file that fails is named by the last line.
fn replay(target: &str, check: fn(&[u8])) {
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

#[test]
fn corpus_of_policy() {
    replay("policy", policy::check);
}
