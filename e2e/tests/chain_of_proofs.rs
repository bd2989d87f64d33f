//! The chain of proofs as it is written: what the compiler refuses elsewhere is possible in one place only.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

/// Every source of every crate, without tests: path from the folder of its crate, text.
fn sources() -> Vec<(String, String)> {
    let crates = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut found = Vec::new();
    collect(&crates, &crates, &mut found);
    assert!(found.len() > 100, "the sources are not where they were");
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            let name = name.split_once('/').unwrap().1.to_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The files that hold any of those texts.
fn holding(sources: &[(String, String)], any: &[&str]) -> Vec<String> {
    let holds = |text: &str| any.iter().any(|words| text.contains(words));
    sources.iter().filter(|(_, text)| holds(text)).map(|(name, _)| name.clone()).collect()
}

#[test]
fn i1_a_permit_has_private_fields_one_maker_and_no_copies() {
    let sources = sources();
    let (_, text) = sources.iter().find(|(name, _)| name == "policy-engine/src/permit.rs").unwrap();
    let (before, body) = text.split_once("pub struct Permit {").unwrap();
    let derives = before.rsplit_once("#[derive(").unwrap().1;
    for copied in ["Clone", "Copy", "Deserialize", "Default"] {
        assert!(!derives.contains(copied), "a permit is {copied}");
    }
    let fields = body.split('}').next().unwrap();
    assert!(!fields.contains("pub"), "a permit has a field that others can set: {fields}");
    assert!(text.contains("pub(crate) const fn new(") && !text.contains("-> Permit"), "a permit has another maker");
    // A decision, and a remembered decision under exactly the same facts.
    let mut makers = holding(&sources, &["Permit::new("]);
    makers.sort();
    assert_eq!(makers, ["policy-engine/src/decide.rs", "policy-engine/src/memory.rs"]);
}

#[test]
fn i8_only_forward_dials_and_it_takes_a_permit() {
    let enforces = |name: &str| ["gateway/", "http-server/", "upstream/"].iter().any(|of| name.starts_with(of));
    let enforcement: Vec<_> = sources().into_iter().filter(|(name, _)| enforces(name)).collect();
    let dialling = ["TcpStream::connect", "TcpSocket::", "UnixStream::connect", "UdpSocket::", "net::connect"];
    assert_eq!(holding(&enforcement, &dialling), ["upstream/src/forward.rs"]);
    let (_, text) = enforcement.iter().find(|(name, _)| name == "upstream/src/forward.rs").unwrap();
    assert_eq!(text.matches("TcpStream::connect").count(), 1, "more than one place dials");
    // `forward` dials for requests, `open` for tunnels, and `probe` in nobody's name.
    assert_eq!(text.matches("dial(").count(), 4, "`dial` is declared once and called by `forward`, `open` and `probe`");
    let (signature, _) = text.split("pub(crate) async fn probe(").nth(1).unwrap().split_once(" {\n").unwrap();
    for (of_somebody, why) in
        [("Request", "carries a request"), ("World", "learns who asks"), ("Response", "gives an answer")]
    {
        assert!(!signature.contains(of_somebody), "a health check {why}: {signature}");
    }
    assert!(signature.ends_with("Option<Result<(), String>>"), "a health check tells more than health: {signature}");
    for (name, dials) in [("forward", "dial(address"), ("open", "dial(address.socket()")] {
        let function = text.split(&format!("pub async fn {name}(")).nth(1).unwrap();
        let (signature, body) = function.split_once(") ->").unwrap();
        assert!(signature.contains("permit: &Permit"), "{name} takes no permit: {signature}");
        let body = body.split("\n}").next().unwrap();
        assert!(body.contains("world.resource(permit.resource())") && body.contains(dials), "{name}");
    }
}

#[test]
fn documents_are_written_in_one_place() {
    let sources: Vec<_> = sources().into_iter().filter(|(name, _)| !name.starts_with("store/")).collect();
    // A commit of the store takes writes, actor and time; a commit of a change takes the time alone.
    let commits = |text: &str| text.split(".commit(").skip(1).any(|after| commas(after) >= 2);
    let committing: Vec<_> = sources.iter().filter(|(_, text)| commits(text)).map(|(name, _)| name.as_str()).collect();
    assert_eq!(committing, ["capability/src/commit.rs"]);
    assert_eq!(holding(&sources, &[".consume("]), ["capability/src/commit.rs"]);
}

/// The commas between the arguments of a call whose opening parenthesis came just before.
fn commas(after: &str) -> usize {
    let (mut depth, mut commas) = (0_i32, 0);
    for character in after.chars() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => commas += 1,
            _ => {}
        }
    }
    commas
}
