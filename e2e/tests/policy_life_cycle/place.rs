//! A platform with a person at work, an author of policies, an approver, and somebody who is both.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use sekisho_e2e::client::{Answer, Person};
use sekisho_e2e::origin::Origin;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::OPEN;
use serde_json::Value;

/// How long what must happen may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) const MARKED: &str = "// Runners open it.\n@id(\"open\")\n@approval(\"required\")\npermit (\n\tprincipal in Sekisho::Group::\"runners\",\n  action,\n  resource == Sekisho::Resource::\"open\"\n) when { context.session.phishing_resistant };\n\n";
pub(crate) const NARROWER: &str = "@id(\"open\")\npermit (principal in Sekisho::Group::\"administrators\", action, resource == Sekisho::Resource::\"open\");\n";

const PEOPLE: &str = "[[group]]
id = \"policy-authors\"
name = \"Policy authors\"
[[group]]
id = \"policy-approvers\"
name = \"Policy approvers\"
[[user]]
id = \"author\"
name = \"Author\"
groups = [\"policy-authors\"]
[[user]]
id = \"approver\"
name = \"Approver\"
groups = [\"policy-approvers\"]
[[user]]
id = \"both\"
name = \"Both\"
groups = [\"policy-authors\", \"policy-approvers\"]
";

pub(crate) struct Place {
    pub(crate) platform: Platform,
    pub(crate) person: Person,
    pub(crate) author: Person,
    approver: Person,
    both: Person,
    folder: tempfile::TempDir,
    _origin: Origin,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let origin = Origin::serve(&[("/", "open")]).await.unwrap();
        let platform = Platform::start(1).await.unwrap();
        let person = platform.example(origin.port()).await.unwrap();
        platform.apply(&[("people.toml", PEOPLE), ("open.cedar", MARKED)]).await.unwrap();
        let author = platform.signed_in("author").await.unwrap();
        let approver = platform.signed_in("approver").await.unwrap();
        let both = platform.signed_in("both").await.unwrap();
        Self { platform, person, author, approver, both, folder: tempfile::tempdir().unwrap(), _origin: origin }
    }

    pub(crate) async fn by_author(&mut self, step: &str, fields: &[(&str, &str)]) -> Answer {
        submit(&mut self.author, step, fields).await
    }

    pub(crate) async fn by_approver(&mut self, step: &str, fields: &[(&str, &str)]) -> Answer {
        submit(&mut self.approver, step, fields).await
    }

    pub(crate) async fn by_both(&mut self, step: &str, fields: &[(&str, &str)]) -> Answer {
        submit(&mut self.both, step, fields).await
    }

    /// The author's form with the text.
    pub(crate) async fn write(&mut self, text: &str) -> Answer {
        let (revision, policy) = self.revisions().await;
        let text = encoded(text);
        let fields = [("text", text.as_str()), ("revision", &revision), ("policy_revision", &policy)];
        submit(&mut self.author, "/narrow/text", &fields).await
    }

    pub(crate) async fn by_both_writes(&mut self, text: &str) -> Answer {
        let (revision, policy) = self.revisions().await;
        let text = encoded(text);
        let fields = [("text", text.as_str()), ("revision", &revision), ("policy_revision", &policy)];
        submit(&mut self.both, "/narrow/text", &fields).await
    }

    async fn revisions(&self) -> (String, String) {
        let shown = self.show().await;
        (shown["revision"].to_string(), shown["policy_revision"].to_string())
    }

    /// The draft as the command shows it.
    pub(crate) async fn show(&self) -> Value {
        self.platform.command(&["policy-draft", "show", "narrow"]).await.unwrap()
    }

    /// The text of the policy in force.
    pub(crate) async fn policy(&self) -> String {
        let shown = self.platform.command(&["policy", "show", "open"]).await.unwrap();
        let text = shown.pointer("/document/body/text").or_else(|| shown.pointer("/text"));
        text.and_then(Value::as_str).unwrap().to_owned()
    }

    /// The draft, once a request of the person at work was compared.
    pub(crate) async fn until_found(&mut self) -> Value {
        let began = Instant::now();
        loop {
            self.person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
            let shown = self.show().await;
            if shown["report"]["differences"].as_u64().is_some_and(|count| count > 0) {
                return shown;
            }
            assert!(began.elapsed() < PATIENCE, "{shown}");
        }
    }

    /// Waits until an act is an event.
    pub(crate) async fn until_event(&self, code: &str) {
        let began = Instant::now();
        loop {
            let events = self.platform.command(&["event", "list", "--limit", "500"]).await.unwrap().to_string();
            if events.contains(code) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{code}: {events}");
        }
    }

    /// A file with that text.
    pub(crate) fn file(&self, text: &str) -> String {
        let file = self.folder.path().join("text.cedar");
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    }
}

/// Sends a form of the page of drafts, or of one draft.
async fn submit(person: &mut Person, step: &str, fields: &[(&str, &str)]) -> Answer {
    let page = person.portal("/console/policy-drafts").await.unwrap().expect(200).unwrap();
    let token = page.form_token().unwrap().to_owned();
    let fields: Vec<(&str, &str)> = std::iter::once(("csrf", token.as_str())).chain(fields.iter().copied()).collect();
    person.submit(&format!("/console/policy-drafts{step}"), &fields).await.unwrap()
}

/// A text as the value of a form's field.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(byte.into());
        } else {
            write!(encoded, "%{byte:02X}").unwrap();
        }
    }
    encoded
}
