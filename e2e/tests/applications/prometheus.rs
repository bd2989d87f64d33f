//! Prometheus, by its API and in Chromium, and Alertmanager, with `amtool`.

use sekisho_e2e::Trouble;
use sekisho_e2e::browser::Browser;

use crate::application::{Application, Place};
use crate::client::{curl, run, status};
use crate::installed;
use crate::scene::{Scene, Way};

async fn prometheus() -> Result<Application, Trouble> {
    let place = Place::new()?;
    let rules = "groups: [{ name: all, rules: [{ alert: 常に, expr: vector(1) }] }]\n";
    place.put("rules.yml", rules)?;
    let configuration = "rule_files: [rules.yml]\nglobal: { evaluation_interval: 1s }\n";
    let configuration = place.put("prometheus.yml", configuration)?;
    let mut command = installed::debian("/usr/bin/prometheus")?;
    command.arg(format!("--config.file={}", configuration.display()));
    command.arg(format!("--web.listen-address=127.0.0.1:{}", place.port));
    command.arg(format!("--storage.tsdb.path={}/data", place.folder().display()));
    place.start(command).await
}

async fn alertmanager() -> Result<Application, Trouble> {
    let place = Place::new()?;
    let configuration =
        place.put("alertmanager.yml", "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n")?;
    let mut command = installed::debian("/usr/bin/prometheus-alertmanager")?;
    command.arg(format!("--config.file={}", configuration.display()));
    command.arg(format!("--web.listen-address=127.0.0.1:{}", place.port));
    command.arg(format!("--storage.path={}/data", place.folder().display()));
    command.arg("--cluster.listen-address=");
    place.start(command).await
}

/// Its client, as somebody: it sends no cookies, and finds the host by a proxy.
async fn client(program: &str, way: &Way, arguments: &[&str]) -> Result<crate::client::Done, Trouble> {
    let folder = tempfile::tempdir().map_err(Trouble::during("a folder"))?;
    let file = folder.path().join("http.yml");
    let text = format!("proxy_url: {}\ntls_config: {{ ca_file: {} }}\n", way.proxy, way.authority());
    std::fs::write(&file, text).map_err(Trouble::during(file.display()))?;
    let mut command = installed::debian(program)?;
    command.arg(format!("--http.config.file={}", file.display())).args(arguments);
    run(command).await
}

#[tokio::test]
#[ignore = "needs Prometheus: run by `cargo verify --full`"]
async fn prometheus_answers_queries() {
    let server = prometheus().await.unwrap();
    let scene = Scene::start(server.port()).await.unwrap();
    let browser = Browser::launch("en").await.unwrap();
    let (page, closed) = scene.pages(&browser).await.unwrap();
    let query = |way: &Way| way.url("/api/v1/query?query=sum%20by%20(job)%20(%7B__name__%3D~%22.%2B%22%7D)");
    for (nobody, code) in [(scene.outsider(), "403"), (scene.stranger(), "401")] {
        assert_eq!(status(&nobody, &[&query(&nobody)]).await.unwrap(), code);
    }
    let member = scene.member();
    run(curl(&member, &[&query(&member)])).await.unwrap().succeeded().unwrap();
    let posted = ["--data-urlencode", "query=vector(42)", &member.url("/api/v1/query")];
    let posted = run(curl(&member, &posted)).await.unwrap().succeeded().unwrap();
    assert!(posted.contains("\"42\""), "{posted}");
    closed.go(&member.url("/classic/graph")).await.unwrap();
    assert!(closed.text("#graph_container").await.unwrap().is_none());
    page.go(&member.url("/classic/graph?g0.expr=vector(6)*vector(7)&g0.tab=1")).await.unwrap();
    page.wait_for_text("#graph_container", "42").await.unwrap();
}

#[tokio::test]
#[ignore = "needs Alertmanager: run by `cargo verify --full`"]
async fn alertmanager_takes_alerts_and_silences() {
    let server = alertmanager().await.unwrap();
    let scene = Scene::start(server.port()).await.unwrap();
    let url = format!("--alertmanager.url={}", scene.member().url(""));
    let add = ["alert", "add", &url, "alertname=障害", "severity=critical"];
    for nobody in [scene.outsider(), scene.stranger()] {
        let (_proxy, way) = scene.through_proxy(&nobody).await.unwrap();
        client("/usr/bin/amtool", &way, &add).await.unwrap().failed().unwrap();
    }
    let (_proxy, way) = scene.through_proxy(&scene.member()).await.unwrap();
    client("/usr/bin/amtool", &way, &add).await.unwrap().succeeded().unwrap();
    let silence = ["silence", "add", &url, "--author=mika", "--comment=作業中", "alertname=障害"];
    client("/usr/bin/amtool", &way, &silence).await.unwrap().succeeded().unwrap();
    // Debian's package has no pages.
    let silences = run(curl(&scene.member(), &[&scene.member().url("/api/v2/silences")])).await.unwrap().succeeded();
    assert!(silences.unwrap().contains("作業中"));
    let query = ["alert", "query", "--silenced", &url];
    assert!(client("/usr/bin/amtool", &way, &query).await.unwrap().succeeded().unwrap().contains("障害"));
}
