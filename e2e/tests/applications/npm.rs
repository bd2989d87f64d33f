//! Verdaccio, a registry of packages, with `npm`: names of packages have an escaped slash in their paths.

use std::path::Path;

use sekisho_e2e::Trouble;
use tokio::process::Command;

use crate::application::{Application, Place};
use crate::client::{Done, curl, run, status};
use crate::installed;
use crate::scene::{HOST, Scene, Way};

const CONFIGURATION: &str = "storage: ./storage
auth: { htpasswd: { file: ./htpasswd } }
packages:
  '@*/*': { access: $authenticated, publish: $authenticated }
  '**': { access: $authenticated, publish: $authenticated }
log: { type: stdout, format: pretty, level: http, colors: false }
";
const PACKAGE: &str = r#"{ "name": "@team/greeting", "version": "1.0.0", "main": "index.js", "description": "挨拶", "files": ["index.js"] }"#;

async fn server() -> Result<Application, Trouble> {
    let place = Place::new()?;
    place.put("config.yaml", CONFIGURATION)?;
    let mut command = installed::node("usual", "verdaccio/bin/verdaccio")?;
    command.args(["--config", "config.yaml", "--listen", &format!("127.0.0.1:{}", place.port)]);
    place.start(command).await
}

/// A person of the registry's own; their token.
async fn registered(way: &Way) -> Result<String, Trouble> {
    let body = r#"{ "name": "mika", "password": "of-the-registry" }"#;
    let url = way.url("/-/user/org.couchdb.user:mika");
    let put = curl(way, &["--request", "PUT", "--header", "Content-Type: application/json", "--data", body, &url]);
    let said = run(put).await?.succeeded()?;
    let token = said.split("\"token\": \"").nth(1).and_then(|rest| rest.split('"').next());
    token.map(str::to_owned).ok_or_else(|| Trouble::new(format!("no token: {said}")))
}

/// npm in that folder, with a configuration of its own.
async fn npm(folder: &Path, way: &Way, token: &str, arguments: &[&str]) -> Result<Done, Trouble> {
    let configuration = format!(
        "registry={}\n//{HOST}:{}/:_authToken={token}\ncafile={}\nhttps-proxy={}\nproxy={}\nnoproxy=\naudit=false\n\
         fund=false\nupdate-notifier=false\nfetch-retries=0\ncache={}\n",
        way.url("/"),
        way.port,
        way.authority(),
        way.proxy,
        way.proxy,
        folder.join("cache").display()
    );
    let file = folder.join("npmrc");
    std::fs::write(&file, configuration).map_err(Trouble::during(file.display()))?;
    let mut command = Command::new("npm");
    command.current_dir(folder).env("HOME", folder).arg("--userconfig").arg(&file).args(arguments);
    run(command).await
}

#[tokio::test]
async fn a_package_with_a_scope_is_published_and_installed() {
    let server = server().await.unwrap();
    let scene = Scene::start(server.port()).await.unwrap();
    let here = tempfile::tempdir().unwrap();
    let folder = |name: &str| {
        let folder = here.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    };
    let (package, user) = (folder("package"), folder("user"));
    std::fs::write(package.join("package.json"), PACKAGE).unwrap();
    std::fs::write(package.join("index.js"), "module.exports = 'こんにちは';\n").unwrap();
    std::fs::write(user.join("package.json"), r#"{ "private": true }"#).unwrap();
    let token = registered(&scene.member()).await.unwrap();

    let (_proxy, way) = scene.through_proxy(&scene.member()).await.unwrap();
    for (nobody, code) in [(scene.outsider(), "403"), (scene.stranger(), "401")] {
        let (_proxy, way) = scene.through_proxy(&nobody).await.unwrap();
        let said = npm(&package, &way, &token, &["publish"]).await.unwrap().failed().unwrap();
        assert!(said.contains(&format!("E{code}")), "{said}");
        let url = nobody.url("/@team%2fgreeting");
        assert_eq!(status(&nobody, &[&url]).await.unwrap(), code, "{url}");
    }
    assert!(!server.log().contains("greeting"), "{}", server.log());

    let published = npm(&package, &way, &token, &["publish"]).await.unwrap().succeeded();
    published.unwrap_or_else(|trouble| panic!("{trouble}\n{}", server.log()));
    let seen = npm(&user, &way, &token, &["view", "@team/greeting", "description", "dist.tarball"]).await.unwrap();
    let seen = seen.succeeded().unwrap();
    assert!(seen.contains("挨拶") && seen.contains(&way.url("/@team/greeting/-/greeting-1.0.0.tgz")), "{seen}");
    npm(&user, &way, &token, &["install", "@team/greeting"]).await.unwrap().succeeded().unwrap();
    let installed = std::fs::read_to_string(user.join("node_modules/@team/greeting/index.js")).unwrap();
    assert!(installed.contains("こんにちは"));
    let tag = ["dist-tag", "add", "@team/greeting@1.0.0", "stable"];
    npm(&user, &way, &token, &tag).await.unwrap().succeeded().unwrap();
    assert!(server.log().contains("@team%2fgreeting"), "{}", server.log());
    for nobody in [scene.outsider(), scene.stranger()] {
        let (_proxy, way) = scene.through_proxy(&nobody).await.unwrap();
        npm(&user, &way, &token, &["view", "@team/greeting"]).await.unwrap().failed().unwrap();
    }
}
