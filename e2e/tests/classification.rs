//! Classification of data: the check digits against a library that nobody here wrote, and the loop from a scan to what it closes.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use futures_util::StreamExt as _;
use sekisho_data_scanner::{is_corporate_number, is_luhn, is_my_number};
use sekisho_e2e::origin::Streams;
use sekisho_e2e::peer::packages;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::{ACCOUNT, OPEN};
use serde_json::Value;
use tokio::time::{Instant, timeout};

const PATIENCE: Duration = Duration::from_secs(60);
const CUT: Duration = Duration::from_secs(1);

/// Says of each line whether it is a My Number, a corporate number, a number by Luhn.
const ORACLE: &str = "
import sys
from stdnum import luhn
from stdnum.jp import cn, in_
for line in sys.stdin:
    number = line.strip()
    print(''.join('1' if module.is_valid(number) else '0' for module in (in_, cn, luhn)))
";

/// Digits that look random and are the same in each run.
fn numbers() -> Vec<String> {
    let mut state = 20_261_130_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let lengths = [12, 13, 12, 13, 16];
    (0..100_000)
        .map(|at| (0..lengths[at % lengths.len()]).map(|_| char::from(b'0' + (next() % 10) as u8)).collect())
        .collect()
}

#[test]
fn a_hundred_thousand_check_digits_are_as_python_stdnum_computes_them() {
    let numbers = numbers();
    let mut python = Command::new(packages().join("python3"))
        .args(["-c", ORACLE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = python.stdin.take().unwrap();
    let text = numbers.join("\n");
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let said = python.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(said.status.success(), "python-stdnum is missing: run `cargo verify`");
    let said = String::from_utf8(said.stdout).unwrap();
    let (mut right, mut count) = ([0; 3], 0);
    for (number, said) in numbers.iter().zip(said.lines()) {
        let digits = number.as_bytes();
        let ours = [is_my_number(digits), is_corporate_number(digits), is_luhn(digits)];
        let theirs: Vec<bool> = said.bytes().map(|byte| byte == b'1').collect();
        assert_eq!(ours.as_slice(), theirs, "{number}");
        ours.iter().zip(&mut right).for_each(|(is_right, right)| *right += u32::from(*is_right));
        count += 1;
    }
    assert_eq!(count, 100_000);
    assert!(right.iter().all(|right| *right > 1000), "hardly any number is right: {right:?}");
}

const DOCUMENTS: &str = r#"
[[group]]
id = "auditors"
name = "Auditors"

[[user]]
id = "audit"
name = "Audit"
groups = ["auditors"]

[[label]]
id = "personal"
name = { en = "Personal data", ja = "個人情報" }
sensitivity = 3
finds = ["email"]
at_least = 5

[[label]]
id = "specific-personal"
name = { en = "Specific personal information", ja = "特定個人情報" }
parent = "personal"
sensitivity = 2
finds = ["my-number"]
"#;

const POLICY: &str = r#"
@id("cleared")
@reason("The data is more sensitive than your clearance.")
@reason_ja("データの機密度が、あなたの取り扱い区分を超えています。")
forbid (principal is Sekisho::User, action, resource == Sekisho::Resource::"open")
when { principal.clearance < resource.sensitivity };
"#;

/// The person of the example, with a clearance.
const RUNNER: &str =
    "[[user]]\nid = \"runner\"\nname = \"Runner\"\nemployment = \"staff\"\nclearance = 1\ngroups = [\"runners\"]\n";
const NUMBER: &str = "983205673214";

/// Scans this text as the file `list.csv` of the resource.
async fn scan(platform: &Platform, folder: &Path, text: &str) -> Value {
    let file = folder.join("list.csv");
    std::fs::write(&file, text).unwrap();
    platform.command(&["classification", "scan", &file.display().to_string(), "--resource", "open"]).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i38_what_a_scan_finds_closes_the_resource_to_who_is_not_cleared_and_leaves_no_value_behind() {
    let application = Streams::serve("<!doctype html><title>application</title>").await.unwrap();
    let platform = Platform::start(1).await.unwrap();
    let mut runner = platform.example(application.port()).await.unwrap();
    platform.apply(&[("labels.toml", DOCUMENTS), ("runner.toml", RUNNER), ("cleared.cedar", POLICY)]).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    // A list of orders has right check digits, and closes nothing.
    let orders = scan(&platform, folder.path(), "氏名,注文番号\n佐藤,983205673214\n").await;
    assert_eq!((&orders["found"], &orders["sensitivity"]), (&serde_json::json!([]), &Value::Null));
    runner.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    let mut socket = runner.socket(OPEN, "/socket").await.unwrap();
    timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
    // The same number as what it is does.
    let cut = tokio::spawn(async move {
        while let Some(Ok(_)) = socket.next().await {}
        Instant::now()
    });
    let found = scan(&platform, folder.path(), "氏名,マイナンバー\n佐藤,983205673214\n").await;
    let answered = Instant::now();
    assert_eq!(found["found"][0]["kind"], "my-number");
    // The label is as sensitive as the one that it belongs to.
    assert_eq!((&found["labels"][0], &found["sensitivity"]), (&"specific-personal".into(), &3.into()));
    let evidence = &found["found"][0]["evidence"][0];
    assert_eq!((evidence["last"].as_str(), evidence["hash"].as_str().map(str::len)), (Some("3214"), Some(32)));
    let late = timeout(PATIENCE, cut).await.unwrap().unwrap().saturating_duration_since(answered);
    assert!(late < CUT, "{late:?}");
    for (language, reason) in [("en", "more sensitive than your clearance"), ("ja", "取り扱い区分を超えています")]
    {
        let refused =
            runner.ask(&format!("https://{OPEN}:{}/", platform.port()), &[("accept-language", language)]).await;
        let refused = refused.unwrap();
        assert!(refused.status == 403 && refused.body.contains(reason), "{} {}", refused.status, refused.body);
    }
    // Gone from the file, gone from the resource.
    scan(&platform, folder.path(), "氏名,注文番号\n佐藤,983205673214\n").await;
    runner.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    // A label by rule is as good, and as easily taken away.
    let by_rule = DOCUMENTS.replace("finds = [\"my-number\"]", "resources = [\"open\"]");
    platform.apply(&[("labels.toml", &by_rule)]).await.unwrap();
    until(async || runner.open(OPEN, "/").await.unwrap().status == 403).await;
    platform.apply(&[("labels.toml", DOCUMENTS)]).await.unwrap();
    until(async || runner.open(OPEN, "/").await.unwrap().status == 200).await;
    assert_eq!(holding(&platform.data(), NUMBER), Vec::<String>::new(), "the number is kept");
    assert!(!platform.log().contains(NUMBER));
    roles(&platform).await;
}

/// An auditor looks and scans nothing; who has no role does neither.
async fn roles(platform: &Platform) {
    let mut auditor = platform.signed_in("audit").await.unwrap();
    let page = auditor.portal("/console/classification").await.unwrap().expect(200).unwrap();
    assert!(page.body.contains("list.csv") && page.body.contains("specific-personal"));
    let (_, program) = platform.token(&mut auditor, "audit-program", "auditors").await.unwrap();
    assert_eq!(program.ask("GET", "/scans", None).await.unwrap().status, 200);
    let body = serde_json::json!({ "resource": "open", "source": "a", "content": "" });
    assert_eq!(program.ask("POST", "/scans", Some(&body)).await.unwrap().status, 403);
    let mut runner = platform.signed_in(ACCOUNT).await.unwrap();
    assert_eq!(runner.portal("/console/classification").await.unwrap().status, 403);
}

async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "it did not come to that");
    }
}

/// The files below a folder that hold a text.
fn holding(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(holding(&entry, text));
        } else if std::fs::read(&entry).is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
        {
            found.push(entry.display().to_string());
        }
    }
    found
}
