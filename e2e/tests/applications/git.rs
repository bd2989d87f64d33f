//! Git over HTTP, as Apache with `git http-backend` serves it, with `git`.

use std::path::Path;

use sekisho_e2e::Trouble;
use tokio::process::Command;

use crate::apache;
use crate::application::{Application, Place};
use crate::client::{Done, run};
use crate::scene::{Scene, Way};

/// What is pushed: more than 50 MB that do not compress.
const BIG: usize = 50_000_000;
const BACKEND: &str = "/usr/lib/git-core/git-http-backend";

async fn server() -> Result<Application, Trouble> {
    let place = Place::new()?;
    let bare = place.folder().join("repositories/team/site.git");
    let repository = bare.display().to_string();
    run(git(place.folder(), &["init", "--quiet", "--bare", "--initial-branch=main", &repository]))
        .await?
        .succeeded()?;
    run(git(&bare, &["config", "http.receivepack", "true"])).await?.succeeded()?;
    let directives = format!(
        "SetEnv GIT_PROJECT_ROOT {}/repositories\nSetEnv GIT_HTTP_EXPORT_ALL 1\nScriptAlias / {BACKEND}/\n",
        place.folder().display()
    );
    let command = apache::command(&place, &["cgi", "env", "alias"], &directives)?;
    place.start(command).await
}

fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).env("HOME", folder).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
    for (name, value) in [("AUTHOR", "Mika"), ("COMMITTER", "Mika")] {
        command.env(format!("GIT_{name}_NAME"), value).env(format!("GIT_{name}_EMAIL"), "mika@example.jp");
    }
    command.args(arguments);
    command
}

/// `git` through the gateway. Which settings it needs is what the guide says.
async fn remote(way: &Way, folder: &Path, arguments: &[&str]) -> Result<Done, Trouble> {
    let mut command = git(folder, &["-c", &format!("http.proxy={}", way.proxy)]);
    command.args(["-c", &format!("http.sslCAInfo={}", way.authority())]);
    if !way.cookie.is_empty() {
        command.args(["-c", &format!("http.extraHeader=Cookie: {}", way.cookie)]);
    }
    command.args(arguments);
    run(command).await
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    next.flatten().take(length).collect()
}

#[tokio::test]
async fn a_repository_is_cloned_and_fifty_megabytes_are_pushed() {
    let server = server().await.unwrap();
    let scene = Scene::start(server.port()).await.unwrap();
    let here = tempfile::tempdir().unwrap();
    let url = scene.member().url("/team/site.git");
    let clone = |name| ["clone".to_owned(), "--quiet".to_owned(), url.clone(), name];
    for (nobody, name) in [(scene.outsider(), "outsider"), (scene.stranger(), "stranger")] {
        let clone = clone(name.to_owned());
        let clone: Vec<&str> = clone.iter().map(String::as_str).collect();
        let said = remote(&nobody, here.path(), &clone).await.unwrap().failed().unwrap();
        assert!(said.contains("403") || said.contains("401") || said.contains("could not read Username"), "{said}");
    }
    let member = scene.member();
    remote(&member, here.path(), &["clone", "--quiet", &url, "first"]).await.unwrap().succeeded().unwrap();
    let first = here.path().join("first");
    std::fs::write(first.join("big"), noise(BIG)).unwrap();
    std::fs::write(first.join("日本語.txt"), "一\n").unwrap();
    for local in [["add", "--all"], ["commit", "--quiet"]] {
        let mut command = git(&first, &local);
        if local[0] == "commit" {
            command.args(["--message", "大きい"]);
        }
        run(command).await.unwrap().succeeded().unwrap();
    }
    let push = ["push", "--quiet", "origin", "HEAD:refs/heads/feature/日本"];
    remote(&scene.outsider(), &first, &push).await.unwrap().failed().unwrap();
    let pushed = remote(&member, &first, &push).await.unwrap().succeeded();
    pushed.unwrap_or_else(|trouble| panic!("{trouble}\n{}", apache::errors(&server)));
    let branch = ["clone", "--quiet", "--branch", "feature/日本", &url, "second"];
    remote(&member, here.path(), &branch).await.unwrap().succeeded().unwrap();
    let came = std::fs::read(here.path().join("second/big")).unwrap();
    assert!(came == noise(BIG));
    let fetched = remote(&member, &first, &["fetch", "--quiet", "--all"]).await.unwrap();
    fetched.succeeded().unwrap();
}

#[tokio::test]
async fn a_tool_that_sends_no_cookie_uses_a_tunnel() {
    let server = server().await.unwrap();
    let port = server.port();
    let tcp = "kind = \"tcp\"\nsensitivity = 1\nname = { en = \"Git\", ja = \"Git\" }";
    let documents = format!(
        "upstream = \"http://127.0.0.1:{port}\"\n\
         [[resource]]\nid = \"repositories\"\n{tcp}\naddresses = [\"127.0.0.1:{port}\"]\n"
    );
    let mut scene = Scene::with_upstream(&documents).await.unwrap();
    let here = tempfile::tempdir().unwrap();
    let terminal = scene.platform.terminal(None).unwrap();
    for allowed in [false, true] {
        let person = if allowed { scene.person() } else { scene.other_person() };
        terminal.login(person).await.unwrap();
        let listen = format!("127.0.0.1:{}", sekisho_e2e::peer::server_port().unwrap());
        let mut connect = terminal.command(&["connect", "repositories", "--listen", &listen]).unwrap();
        connect.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
        let _tunnel = connect.spawn().unwrap();
        sekisho_e2e::services::accepts(listen.rsplit(':').next().unwrap().parse().unwrap()).await.unwrap();
        let url = format!("http://{listen}/team/site.git");
        let done = run(git(here.path(), &["clone", "--quiet", &url, "copy"])).await.unwrap();
        assert_eq!(done.success, allowed, "{}", done.text);
    }
}
