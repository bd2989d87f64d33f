//! Apache redirects to addresses that it makes of its own scheme and of the host in the request.

use sekisho_e2e::Trouble;

use crate::apache;
use crate::application::{Application, Place};
use crate::client::{curl, run};
use crate::scene::{Scene, Way};

async fn server() -> Result<Application, Trouble> {
    let place = Place::new()?;
    place.put("files/docs/index.html", "<h1>目次</h1>")?;
    let directives = format!("DocumentRoot {}/files\nDirectoryIndex index.html\n", place.folder().display());
    let command = apache::command(&place, &["dir"], &directives)?;
    place.start(command).await
}

/// Where a folder without its slash leads.
async fn location(way: &Way, path: &str) -> Result<String, Trouble> {
    let ask = curl(way, &["--output", "/dev/null", "--write-out", "%{http_code} %{redirect_url}", &way.url(path)]);
    run(ask).await?.succeeded()
}

#[tokio::test]
async fn redirects_of_the_application_stay_behind_the_gateway() {
    let server = server().await.unwrap();
    let port = server.port();
    for host in ["preserve", "upstream"] {
        let upstream = format!("[resource.upstream]\naddresses = [\"127.0.0.1:{port}\"]\nhost = \"{host}\"\n");
        let scene = Scene::with_upstream(&upstream).await.unwrap();
        let member = scene.member();
        assert_eq!(location(&member, "/docs").await.unwrap(), format!("301 {}", member.url("/docs/")), "{host}");
        let page = run(curl(&member, &["--location", &member.url("/docs")])).await.unwrap().succeeded().unwrap();
        assert!(page.contains("目次"), "{page}");
        run(curl(&scene.outsider(), &["--location", &member.url("/docs")])).await.unwrap().failed().unwrap();
    }
    let prefixed = format!("[resource.upstream]\naddresses = [\"127.0.0.1:{port}\"]\nstrip_prefix = \"/team\"\n");
    let scene = Scene::entered_at("/team/", &prefixed).await.unwrap();
    let member = scene.member();
    assert_eq!(location(&member, "/team/docs").await.unwrap(), format!("301 {}", member.url("/team/docs/")));
}
