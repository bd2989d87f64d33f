//! Data at the gateway: one file behind a web server that nobody here wrote, whole for one person, masked for another, refused to a third.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sekisho_e2e::client::Person;
use sekisho_e2e::peer::{packages, server_port};
use sekisho_e2e::platform::Platform;
use tokio::net::TcpStream;
use tokio::time::Instant;

const PATIENCE: Duration = Duration::from_secs(60);
const HOST: &str = "payroll.localhost";
const NUMBER: &str = "983205673214";
const DOCUMENTS: &str = r#"
[[group]]
id = "finance"
name = "Finance"

[[group]]
id = "reviewers"
name = "Reviewers"

[[user]]
id = "fin"
name = "Fin"
clearance = 4
groups = ["finance"]

[[user]]
id = "rev"
name = "Rev"
clearance = 4
groups = ["reviewers"]

[[user]]
id = "con"
name = "Con"
employment = "contractor"
clearance = 1
groups = ["finance"]

[[resource]]
id = "payroll"
name = { en = "Payroll", ja = "給与" }
host = "payroll.localhost"
upstream = "http://127.0.0.1:@PORT@"
sensitivity = 1

[[label]]
id = "specific-personal"
name = { en = "Specific personal information", ja = "特定個人情報" }
sensitivity = 3
resources = ["payroll"]
"#;
const POLICY: &str = r#"
@id("finance-reads")
permit (principal in Sekisho::Group::"finance", action, resource == Sekisho::Resource::"payroll");

@id("reviewers-read-masked")
@obligation("dlp:mask")
permit (principal in Sekisho::Group::"reviewers", action, resource == Sekisho::Resource::"payroll");

@id("cleared")
@reason("Payroll holds personal data above your clearance.")
@reason_ja("給与のデータの機密度が、あなたの取り扱い区分を超えています。")
forbid (principal is Sekisho::User, action, resource == Sekisho::Resource::"payroll")
when { principal.clearance < resource.sensitivity };
"#;

/// Caddy with the files of a folder. It is killed when dropped.
struct Caddy(Child);

impl Caddy {
    async fn serve(folder: &Path) -> (Self, u16) {
        let port = server_port().unwrap();
        let mut command = Command::new(packages().join("caddy"));
        command.args(["file-server", "--listen", &format!("127.0.0.1:{port}"), "--root"]).arg(folder);
        command.env("HOME", folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Self(command.spawn().unwrap());
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(Instant::now() < deadline, "caddy does not listen: run `cargo verify`");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        (process, port)
    }
}

impl Drop for Caddy {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

fn csv(number: impl Fn(usize) -> String) -> String {
    (0..3000)
        .fold("氏名,マイナンバー\n".to_owned(), |text, row| text + &format!("佐藤 {row},{}\n", number(row)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i39_finance_sees_the_file_whole_a_reviewer_masked_and_a_contractor_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let whole = csv(|_| NUMBER.to_owned());
    std::fs::write(folder.path().join("payroll.csv"), &whole).unwrap();
    std::fs::write(folder.path().join("payroll.zip"), b"PK\x03\x04").unwrap();
    let (_caddy, port) = Caddy::serve(folder.path()).await;
    let platform = Platform::start(1).await.unwrap();
    let documents = DOCUMENTS.replace("@PORT@", &port.to_string());
    platform.apply(&[("payroll.toml", &documents), ("payroll.cedar", POLICY)]).await.unwrap();
    let mut finance = platform.signed_in("fin").await.unwrap();
    let mut reviewer = platform.signed_in("rev").await.unwrap();
    let mut contractor = platform.signed_in("con").await.unwrap();
    let seen = finance.open(HOST, "/payroll.csv").await.unwrap().expect(200).unwrap();
    assert!(seen.body == whole && !seen.header("etag").is_empty());
    let masked = csv(|_| "*".repeat(NUMBER.len()));
    let seen = reviewer.open(HOST, "/payroll.csv").await.unwrap().expect(200).unwrap();
    assert!(seen.body == masked, "{}", seen.body.chars().take(200).collect::<String>());
    // What is said of the bytes of the file is not said of others, and a part is not asked for.
    assert_eq!((seen.header("etag"), seen.header("cache-control")), ("", "private, no-store"));
    let address = format!("https://{HOST}:{}/payroll.csv", platform.port());
    let part = reviewer.ask(&address, &[("range", "bytes=30-60"), ("accept-encoding", "gzip")]).await.unwrap();
    assert!(part.status == 200 && part.body == masked);
    // What cannot be read is not passed masked, and passes whole.
    finance.open(HOST, "/payroll.zip").await.unwrap().expect(200).unwrap();
    refused(&mut reviewer, &platform, "/payroll.zip", ["in which nothing can be masked", "伏せ字にできない形式"]).await;
    // The label that the resource carries by rule closes it to who is not cleared.
    refused(&mut contractor, &platform, "/payroll.csv", ["above your clearance", "取り扱い区分を超えています"]).await;
    assert_eq!(holding(&platform.data(), NUMBER), Vec::<String>::new(), "the number is kept");
    assert!(!platform.log().contains(NUMBER));
}

/// Waits until a person is refused, and why in both languages.
async fn refused(person: &mut Person, platform: &Platform, path: &str, reasons: [&str; 2]) {
    let deadline = Instant::now() + PATIENCE;
    while person.open(HOST, path).await.unwrap().status != 403 {
        assert!(Instant::now() < deadline, "{path} stays open");
    }
    for (language, reason) in ["en", "ja"].into_iter().zip(reasons) {
        let address = format!("https://{HOST}:{}{path}", platform.port());
        let answer = person.ask(&address, &[("accept-language", language)]).await.unwrap();
        assert!(answer.status == 403 && answer.body.contains(reason), "{} {}", answer.status, answer.body);
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
