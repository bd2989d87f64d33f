//! A platform with an administrator, a member of the helpdesk, an auditor, and somebody who uses an application.

use std::process::Output;

use sekisho_e2e::client::{Person, Program};
use sekisho_e2e::origin::Streams;
use sekisho_e2e::platform::{Platform, Terminal};
use serde_json::Value;

/// The account of the administrator.
pub(crate) const CHIEF: &str = "chief";

const DOCUMENTS: &str = r#"
[[group]]
id = "helpdesk"
name = "Helpdesk"

[[group]]
id = "auditors"
name = "Auditors"

[[user]]
id = "chief"
name = "Chief"
groups = ["administrators"]

[[user]]
id = "desk"
name = "Desk"
groups = ["helpdesk"]

[[user]]
id = "audit"
name = "Audit"
groups = ["auditors"]

[[user]]
id = "alice"
name = "Alice"
"#;

/// Somebody who administers: at a browser, at a terminal, and by a program.
pub(crate) struct Administrator {
    pub(crate) person: Person,
    pub(crate) terminal: Terminal,
    pub(crate) program: Program,
}

/// The platform.
pub(crate) struct Place {
    pub(crate) platform: Platform,
    pub(crate) chief: Administrator,
    pub(crate) desk: Administrator,
    pub(crate) audit: Administrator,
    /// Who uses the application.
    pub(crate) runner: Person,
    _application: Streams,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let application = Streams::serve("<!doctype html><title>application</title>").await.unwrap();
        let platform = Platform::start(1).await.unwrap();
        let runner = platform.example(application.port()).await.unwrap();
        platform.apply(&[("roles.toml", DOCUMENTS)]).await.unwrap();
        let chief = administrator(&platform, CHIEF, "administrators").await;
        let desk = administrator(&platform, "desk", "helpdesk").await;
        let audit = administrator(&platform, "audit", "auditors").await;
        Self { platform, chief, desk, audit, runner, _application: application }
    }

    /// The portal's origin.
    pub(crate) fn portal(&self) -> String {
        format!("https://portal.localhost:{}", self.platform.port())
    }

    /// The entries of the record from an index on.
    pub(crate) async fn entries(&self, from: usize) -> Vec<Value> {
        let folder = self.platform.data().join("ledger").display().to_string();
        let read = self.chief.terminal.run(&["ledger", "read", &folder, "--json"]).await.unwrap();
        assert!(read.status.success(), "{}", said(&read));
        let text = String::from_utf8(read.stdout).unwrap();
        text.lines().skip(from).map(|line| serde_json::from_str::<Value>(line).unwrap()["entry"].take()).collect()
    }
}

async fn administrator(platform: &Platform, user: &str, role: &str) -> Administrator {
    let mut person = platform.signed_in(user).await.unwrap();
    let (terminal, program) = platform.token(&mut person, &format!("{user}-program"), role).await.unwrap();
    Administrator { person, terminal, program }
}

/// What a command wrote.
pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
