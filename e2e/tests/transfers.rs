//! Large and long transfers with curl, and what they cost in memory.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::process::{Output, Stdio};

use sekisho_e2e::origin::Streams;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::{ACCOUNT, OPEN};
use tokio::io::AsyncReadExt;
use tokio::process::Command;

const MEBIBYTE: u64 = 1024 * 1024;
/// What is moved up and down.
const LARGE: u64 = 512 * MEBIBYTE;
/// What the program may have taken more at its height than before.
const MOST_MORE: u64 = 48 * MEBIBYTE;

/// curl as a signed-in person.
struct Curl {
    port: u16,
    cookie: String,
    authority: String,
}

impl Curl {
    async fn signed_in(platform: &Platform, origin: &Streams) -> Self {
        let mut person = platform.example(origin.port()).await.unwrap();
        person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
        let authority = platform.authority().display().to_string();
        Self { port: platform.port(), cookie: person.cookie(OPEN), authority }
    }

    fn command(&self, path: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("curl");
        let resolve = format!("{OPEN}:{}:127.0.0.1", self.port);
        command.args(["--silent", "--show-error", "--no-buffer", "--max-time", "300", "--resolve", &resolve]);
        command.args(["--cacert", &self.authority, "--cookie", &self.cookie]).args(arguments);
        command.arg(format!("https://{OPEN}:{}{path}", self.port)).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    async fn run(&self, path: &str, arguments: &[&str]) -> Output {
        let output = self.command(path, arguments).output().await.unwrap();
        assert!(output.status.success(), "{path} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    async fn said(&self, path: &str, arguments: &[&str]) -> String {
        String::from_utf8(self.run(path, arguments).await.stdout).unwrap()
    }
}

#[tokio::test]
async fn large_transfers_pass_with_little_memory() {
    let (origin, platform) = (Streams::serve("hello").await.unwrap(), Platform::start(1).await.unwrap());
    let curl = Curl::signed_in(&platform, &origin).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large");
    std::fs::File::create(&file).unwrap().set_len(LARGE).unwrap();
    let file = file.display().to_string();
    let before = platform.most_memory().unwrap();
    for version in ["--http1.1", "--http2"] {
        let download = [version, "--output", "/dev/null", "--write-out", "%{size_download}"];
        let size = curl.said(&format!("/download?{LARGE}"), &download).await;
        assert_eq!(size, LARGE.to_string());
        let upload = [
            "--request",
            "POST",
            "--header",
            "Expect: 100-continue",
            "--header",
            "Content-Type: application/octet-stream",
        ];
        let received = curl.said("/upload", &[[version, "--upload-file", &file].as_slice(), &upload].concat()).await;
        assert_eq!(received, LARGE.to_string());
    }
    let more = platform.most_memory().unwrap() - before;
    println!("{} MiB moved, {} KiB more memory than before at the most", 4 * LARGE / MEBIBYTE, more / 1024);
    assert!(more < MOST_MORE, "{more} bytes");
}

#[tokio::test]
async fn ranges_compression_and_expectations_pass() {
    let (origin, platform) = (Streams::serve("hello").await.unwrap(), Platform::start(1).await.unwrap());
    let curl = Curl::signed_in(&platform, &origin).await;
    for version in ["--http1.1", "--http2"] {
        let head = curl
            .said("/download?1000", &[version, "--range", "10-19", "--output", "/dev/null", "--dump-header", "-"])
            .await;
        assert!(head.contains(" 206") && head.contains("content-range: bytes 10-19/1000"), "{head}");
        assert_eq!(curl.said("/compressed", &[version, "--compressed"]).await, "compressed");
        let raw = curl.run("/compressed", &[version, "--header", "Accept-Encoding: gzip"]).await.stdout;
        assert_eq!(raw.get(..2), Some([0x1f, 0x8b].as_slice()));
        let expecting = [version, "--header", "Expect: 100-continue", "--data", "abc", "--verbose"];
        let output = curl.run("/upload", &expecting).await;
        assert_eq!(output.stdout, b"3");
        assert!(String::from_utf8_lossy(&output.stderr).contains(" 100 ") || version == "--http2");
    }
}

#[tokio::test]
async fn a_stream_and_a_download_end_when_they_are_no_longer_permitted() {
    let (origin, platform) = (Streams::serve("hello").await.unwrap(), Platform::start(1).await.unwrap());
    let curl = Curl::signed_in(&platform, &origin).await;
    let mut running = Vec::new();
    // Nobody takes what curl has, so the download would not end by itself.
    let streams = [
        ("/events", "--http1.1"),
        ("/events", "--http2"),
        ("/download?1000000000000", "--http1.1"),
        ("/download?1000000000000", "--http2"),
    ];
    for (path, version) in streams {
        let mut curl = curl.command(path, &[version]).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = curl.stdout.take().unwrap();
        let mut first = [0; 7];
        output.read_exact(&mut first).await.unwrap();
        running.push((path, curl, output));
    }
    platform.command(&["user", "disable", ACCOUNT]).await.unwrap();
    for (path, mut curl, mut output) in running {
        let mut rest = Vec::new();
        output.read_to_end(&mut rest).await.unwrap();
        let status = curl.wait().await.unwrap();
        if path == "/events" {
            let rest = String::from_utf8(rest).unwrap();
            assert!(rest.contains("event: sekisho-end\ndata: {"), "{rest}");
        } else {
            assert!(!status.success(), "a download that was cut looks whole");
        }
    }
}

#[tokio::test]
async fn a_client_of_http_1_0_gets_its_answer_whole() {
    let (origin, platform) = (Streams::serve("hello").await.unwrap(), Platform::start(1).await.unwrap());
    let curl = Curl::signed_in(&platform, &origin).await;
    let head = curl.said("/download?1000", &["--http1.0", "--output", "/dev/null", "--dump-header", "-"]).await;
    assert!(head.contains(" 200") && !head.to_ascii_lowercase().contains("transfer-encoding"), "{head}");
    let size = ["--http1.0", "--output", "/dev/null", "--write-out", "%{size_download}"];
    assert_eq!(curl.said("/download?1000", &size).await, "1000");
    assert_eq!(curl.said("/upload", &["--http1.0", "--data", "abc"]).await, "3");
}
