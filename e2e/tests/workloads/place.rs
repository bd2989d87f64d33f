//! A platform with an application that jobs call, and curl as the job.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use sekisho_e2e::origin::{Origin, Streams};
use sekisho_e2e::platform::Platform;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

use crate::issuer::Issuer;

pub(crate) const API: &str = "api.localhost";
pub(crate) const HEAD: &str = "head.localhost";
const OTHER: &str = "other.localhost";

const POLICY: &str = "@id(\"jobs\")
permit (principal in Sekisho::Group::\"jobs\", action, resource in Sekisho::Category::\"for-jobs\")
when { principal is Sekisho::Workload };
";

pub(crate) struct Place {
    pub(crate) platform: Platform,
    pub(crate) issuer: Issuer,
    folder: TempDir,
    _api: Streams,
    _head: Origin,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let issuer = Issuer::start(&["repo:acme/app:main", "repo:acme/app2:main"]).await.unwrap();
        let (api, head) = (Streams::serve("the report").await.unwrap(), Origin::serve(&[]).await.unwrap());
        let platform = Platform::start(2).await.unwrap();
        let resource = |id: &str, host: &str, port: u16, categories: &str| {
            format!(
                "[[resource]]\nid = \"{id}\"\nname = {{ en = \"{id}\" }}\nhost = \"{host}\"\nkind = \"api\"\n\
                 upstream = \"http://127.0.0.1:{port}\"\ncategories = [{categories}]\nclient_certificate = \"optional\"\n"
            )
        };
        let documents = [
            "[[group]]\nid = \"jobs\"\nname = \"Jobs\"\n[[user]]\nid = \"olga\"\nname = \"Olga\"\nemployment = \"staff\"\n".to_owned(),
            resource("api", API, api.port(), "\"for-jobs\""),
            resource("head", HEAD, head.port(), "\"for-jobs\""),
            resource("other", OTHER, api.port(), ""),
            workload(&issuer, "ci-deploy", "jobs"),
            workload(&issuer, "stranger", ""),
        ];
        platform.apply(&[("all.toml", &documents.concat()), ("all.cedar", POLICY)]).await.unwrap();
        Self { platform, issuer, folder: tempfile::tempdir().unwrap(), _api: api, _head: head }
    }

    pub(crate) async fn command(&self, arguments: &[&str]) -> Value {
        self.platform.command(arguments).await.unwrap()
    }

    /// A token that an administrator issued.
    pub(crate) async fn issued(&self, workload: &str) -> String {
        let answer = self.command(&["workload", "token", workload, "--days", "1"]).await;
        answer.get("token").and_then(Value::as_str).unwrap().to_owned()
    }

    /// A token that the issuer gives the job of that subject, for that audience.
    pub(crate) async fn of_issuer(&self, subject: &str, audience: &str) -> String {
        let url = format!("{}/token", self.issuer.address);
        let fields = [
            "grant_type=client_credentials".to_owned(),
            format!("client_id={subject}"),
            "client_secret=secret".to_owned(),
            format!("resource={audience}"),
        ];
        let output = run(form(&url, &self.issuer.trusted(), &fields)).await;
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        answer.get("access_token").and_then(Value::as_str).unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// What the token endpoint answers a workload that shows a token.
    pub(crate) async fn exchange(&self, workload: &str, token: &str) -> Value {
        let url = format!("https://portal.localhost:{}/api/v1/oauth/token", self.platform.port());
        let fields = [
            "grant_type=urn:ietf:params:oauth:grant-type:token-exchange".to_owned(),
            "subject_token_type=urn:ietf:params:oauth:token-type:jwt".to_owned(),
            format!("client_id={workload}"),
            format!("subject_token={token}"),
        ];
        let output = run(form(&url, self.platform.authority(), &fields)).await;
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
    }

    /// A key of openssl, and the certificate that the platform issues for it: both files.
    pub(crate) async fn certificate(&self, workload: &str) -> (PathBuf, PathBuf) {
        let [key, request, certificate] =
            ["key", "csr", "pem"].map(|end| self.folder.path().join(format!("{workload}.{end}")));
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
        openssl.args(["-subj", "/CN=administrator"]).arg("-keyout").arg(&key).arg("-out").arg(&request);
        assert!(run(openssl).await.status.success());
        let request = request.display().to_string();
        let issued = self.command(&["workload", "certificate", workload, "--csr", &request, "--hours", "1"]).await;
        std::fs::write(&certificate, issued.get("chain").and_then(Value::as_str).unwrap()).unwrap();
        (certificate, key)
    }

    /// The subject alternative names of a certificate, as openssl reads them.
    pub(crate) async fn names(&self, certificate: &Path) -> String {
        let mut openssl = Command::new("openssl");
        openssl.args(["x509", "-noout", "-ext", "subjectAltName", "-in"]).arg(certificate);
        String::from_utf8(run(openssl).await.stdout).unwrap()
    }

    /// What a job is answered: the status and the body.
    pub(crate) async fn call(&self, host: &str, path: &str, proof: &Proof) -> (u16, String) {
        let mut curl = self.curl(host, path, proof);
        curl.args(["--write-out", "\n%{http_code}"]);
        let text = String::from_utf8(run(curl).await.stdout).unwrap();
        let (body, status) = text.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), body.to_owned())
    }

    /// The status that a job is answered.
    pub(crate) async fn status(&self, host: &str, proof: &Proof) -> u16 {
        self.call(host, "/", proof).await.0
    }

    /// The status for the application that no policy gives to jobs.
    pub(crate) async fn elsewhere(&self, proof: &Proof) -> u16 {
        self.status(OTHER, proof).await
    }

    /// A stream that carries something.
    pub(crate) async fn stream(&self, proof: &Proof) -> Child {
        let mut curl = self.curl(API, "/events", proof);
        let mut child = curl.arg("--no-buffer").stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut start = [0; 8];
        child.stdout.as_mut().unwrap().read_exact(&mut start).await.unwrap();
        assert_eq!(&start, b"data: 0\n");
        // What follows is read, so that nothing but the platform ends it.
        let mut rest = child.stdout.take().unwrap();
        tokio::spawn(async move { tokio::io::copy(&mut rest, &mut tokio::io::sink()).await });
        child
    }

    fn curl(&self, host: &str, path: &str, proof: &Proof) -> Command {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--resolve"]).arg(format!("{host}:{}:127.0.0.1", self.platform.port()));
        curl.arg("--cacert").arg(self.platform.authority());
        match proof {
            Proof::Nothing => {}
            Proof::Token(token) => drop(curl.arg("--header").arg(format!("Authorization: Bearer {token}"))),
            Proof::Certificate((certificate, key)) => {
                curl.arg("--cert").arg(certificate).arg("--key").arg(key);
            }
        }
        curl.arg(format!("https://{host}:{}{path}", self.platform.port()));
        curl
    }
}

/// What a job shows.
#[derive(Clone)]
pub(crate) enum Proof {
    Nothing,
    Token(String),
    Certificate((PathBuf, PathBuf)),
}

fn workload(issuer: &Issuer, id: &str, group: &str) -> String {
    let groups = if group.is_empty() { String::new() } else { format!("\"{group}\"") };
    format!(
        "[[workload]]\nid = \"{id}\"\nowner = \"olga\"\ngroups = [{groups}]\n[[workload.trusts]]\nissuer = \"{}\"\n\
         audience = \"https://sekisho.example\"\nsubject = \"repo:acme/app:*\"\nclaims = {{ environment = \"production\" }}\n\
         authorities = '''\n{}'''\n",
        issuer.address, issuer.authority
    )
}

fn form(url: &str, authority: &Path, fields: &[String]) -> Command {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--cacert"]).arg(authority);
    for field in fields {
        curl.arg("--data-urlencode").arg(field);
    }
    curl.arg(url);
    curl
}

async fn run(mut command: Command) -> Output {
    command.stdin(Stdio::null()).kill_on_drop(true).output().await.unwrap()
}
