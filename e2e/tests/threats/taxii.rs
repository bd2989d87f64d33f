//! medallion, the OASIS reference server of TAXII 2.1, with one collection, on a port of 127.0.0.1.

use std::process::Stdio;

use sekisho_e2e::Trouble;
use sekisho_e2e::peer::{packages, server_port};
use sekisho_e2e::services::accepts;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

pub(crate) const USER: &str = "sekisho";
pub(crate) const PASSWORD: &str = "a-word-for-taxii";
const COLLECTION: &str = "91a7b528-80eb-42ed-a74d-c6fbd5a26116";

/// A running server. It is killed when dropped.
pub(crate) struct Taxii {
    port: u16,
    process: Child,
    _folder: TempDir,
}

impl Taxii {
    /// Starts it with an empty collection.
    pub(crate) async fn start() -> Result<Self, Trouble> {
        let (folder, port) = (tempfile::tempdir().map_err(Trouble::during("a folder"))?, server_port()?);
        let root = format!("http://127.0.0.1:{port}/api/");
        let data = json!({
            "/discovery": { "title": "Test", "default": root, "api_roots": [root] },
            "api": {
                "information": { "title": "Test", "versions": ["application/taxii+json;version=2.1"], "max_content_length": 9_765_625 },
                "status": [],
                "collections": [{
                    "id": COLLECTION, "title": "Indicators", "can_read": true, "can_write": true,
                    "media_types": ["application/stix+json;version=2.1"], "objects": [], "manifest": [],
                }],
            },
        });
        let write = |name: &str, value: &Value| {
            std::fs::write(folder.path().join(name), value.to_string()).map_err(Trouble::during("a file of medallion"))
        };
        write("data.json", &data)?;
        let configuration = json!({
            "backend": {
                "module": "medallion.backends.memory_backend", "module_class": "MemoryBackend",
                "filename": folder.path().join("data.json"),
            },
            "users": { USER: PASSWORD },
            "taxii": { "max_page_size": 100 },
        });
        write("configuration.json", &configuration)?;
        let mut command = Command::new(packages().join("medallion"));
        command
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .arg(folder.path().join("configuration.json"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let process = command.spawn().map_err(Trouble::during("medallion, which `cargo verify` installs"))?;
        accepts(port).await?;
        Ok(Self { port, process, _folder: folder })
    }

    /// The address of its collection.
    pub(crate) fn collection(&self) -> String {
        format!("http://127.0.0.1:{}/api/collections/{COLLECTION}/", self.port)
    }

    /// Adds objects, as a producer does.
    pub(crate) async fn add(&mut self, objects: &[Value]) -> Result<(), Trouble> {
        let body = json!({ "objects": objects }).to_string();
        let basic = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("{USER}:{PASSWORD}"));
        let request = format!(
            "POST /api/collections/{COLLECTION}/objects/ HTTP/1.0\r\nHost: 127.0.0.1:{}\r\nAuthorization: Basic {basic}\r\n\
             Accept: application/taxii+json;version=2.1\r\nContent-Type: application/taxii+json;version=2.1\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.map_err(Trouble::during("medallion"))?;
        stream.write_all(request.as_bytes()).await.map_err(Trouble::during("medallion"))?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.map_err(Trouble::during("medallion"))?;
        if answer.contains(" 202 ") && answer.contains("\"failure_count\": 0") {
            return Ok(());
        }
        Err(Trouble::new(format!("medallion says {answer}")))
    }

    /// Ends it.
    pub(crate) async fn stop(&mut self) -> Result<(), Trouble> {
        self.process.kill().await.map_err(Trouble::during("ending medallion"))
    }
}
