//! Subversion over HTTP, as Apache serves it, with `svn`: DeltaV, locks, and copies on the server.

use std::path::Path;

use sekisho_e2e::Trouble;
use tokio::process::Command;

use crate::apache;
use crate::application::{Application, Place};
use crate::client::{Done, run, status};
use crate::scene::{Scene, Way};

async fn server() -> Result<Application, Trouble> {
    let place = Place::new()?;
    let repository = place.folder().join("repository");
    let mut create = Command::new("svnadmin");
    create.arg("create").arg(&repository);
    run(create).await?.succeeded()?;
    // It takes any name and password: who locks a file has a name.
    let directives = format!(
        "<Location /svn>\nDAV svn\nSVNPath {}\nAuthType Basic\nAuthName svn\nAuthBasicProvider anon\nAnonymous \"*\"\n\
         Require valid-user\n</Location>\n",
        repository.display()
    );
    let modules = ["dav", "dav_svn", "authn_core", "authn_anon", "auth_basic", "authz_user"];
    let command = apache::command(&place, &modules, &directives)?;
    place.start(command).await
}

/// `svn` in that folder as somebody.
async fn svn(folder: &Path, way: &Way, arguments: &[&str]) -> Result<Done, Trouble> {
    let configuration = folder.join("configuration");
    std::fs::create_dir_all(&configuration).map_err(Trouble::during(configuration.display()))?;
    let (port, authority) = (way.proxy_port(), way.authority());
    let servers =
        format!("[global]\nhttp-proxy-host = 127.0.0.1\nhttp-proxy-port = {port}\nssl-authority-files = {authority}\n");
    std::fs::write(configuration.join("servers"), servers).map_err(Trouble::during("servers"))?;
    let mut command = Command::new("svn");
    command.current_dir(folder).env("HOME", folder).args([
        "--non-interactive",
        "--username",
        "mika",
        "--password",
        "any",
        "--no-auth-cache",
    ]);
    command.arg("--config-dir").arg(&configuration).args(arguments);
    run(command).await
}

#[tokio::test]
#[ignore = "needs Subversion and its module for Apache: run by `cargo verify --full`"]
async fn a_working_copy_is_checked_out_committed_copied_and_locked() {
    let server = server().await.unwrap();
    let scene = Scene::start(server.port()).await.unwrap();
    let here = tempfile::tempdir().unwrap();
    let url = scene.member().url("/svn");
    for (nobody, code) in [(scene.outsider(), "403"), (scene.stranger(), "401")] {
        let (_proxy, way) = scene.through_proxy(&nobody).await.unwrap();
        svn(here.path(), &way, &["checkout", &url, "refused"]).await.unwrap().failed().unwrap();
        for method in ["PROPFIND", "REPORT", "MKACTIVITY", "MERGE", "COPY", "LOCK"] {
            assert_eq!(status(&nobody, &["--request", method, &nobody.url("/svn")]).await.unwrap(), code, "{method}");
        }
    }
    let (_proxy, way) = scene.through_proxy(&scene.member()).await.unwrap();
    let checked_out = svn(here.path(), &way, &["checkout", "--quiet", &url, "copy"]).await.unwrap().succeeded();
    checked_out.unwrap_or_else(|trouble| panic!("{trouble}\n{}", apache::errors(&server)));
    let copy = here.path().join("copy");
    std::fs::create_dir(copy.join("trunk")).unwrap();
    std::fs::write(copy.join("trunk/仕様 (1).txt"), "一\n").unwrap();
    let (trunk, tag) = (format!("{url}/trunk"), format!("{url}/版-1.0"));
    let steps: [&[&str]; 9] = [
        &["add", "--quiet", "trunk"],
        &["propset", "--quiet", "owner", "三佳", "trunk/仕様 (1).txt"],
        &["commit", "--quiet", "--message", "最初"],
        &["copy", "--quiet", "--message", "札", &trunk, &tag],
        &["update", "--quiet"],
        &["lock", "trunk/仕様 (1).txt"],
        &["unlock", "trunk/仕様 (1).txt"],
        &["move", "--quiet", "trunk/仕様 (1).txt", "trunk/仕様.txt"],
        &["commit", "--quiet", "--message", "名前"],
    ];
    for step in steps {
        let done = svn(&copy, &way, step).await.unwrap().succeeded();
        done.unwrap_or_else(|trouble| panic!("{step:?}: {trouble}\n{}", apache::errors(&server)));
    }
    let log = svn(&copy, &way, &["log", "--verbose", &url]).await.unwrap().succeeded().unwrap();
    assert!(log.contains("最初") && log.contains("版-1.0") && log.contains("仕様.txt"), "{log}");
    let old = svn(&copy, &way, &["cat", &format!("{tag}/仕様 (1).txt@")]).await.unwrap().succeeded().unwrap();
    assert_eq!(old, "一\n");
}
