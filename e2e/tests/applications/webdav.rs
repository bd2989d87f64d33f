//! WsgiDAV, a WebDAV server, with `cadaver`.

use sekisho_e2e::Trouble;
use tokio::process::Command;

use crate::application::{Application, Place};
use crate::client::{run_with_input, status};
use crate::installed;
use crate::scene::{HOST, Scene, Way};

const SCRIPT: &str = "mkcol docs
put 日本.txt
copy 日本.txt docs/copy.txt
move docs/copy.txt docs/moved.txt
propset docs/moved.txt colour blue
propget docs/moved.txt colour
lock docs/moved.txt
unlock docs/moved.txt
get docs/moved.txt got.txt
delete 日本.txt
ls docs
quit
";

async fn server() -> Result<Application, Trouble> {
    let place = Place::new()?;
    std::fs::create_dir(place.folder().join("shared")).map_err(Trouble::during("a folder"))?;
    let configuration = format!(
        r#"{{ "host": "127.0.0.1", "port": {}, "provider_mapping": {{ "/": "{}/shared" }}, "property_manager": true,
             "simple_dc": {{ "user_mapping": {{ "*": true }} }} }}"#,
        place.port,
        place.folder().display()
    );
    let configuration = place.put("wsgidav.json", configuration)?;
    let mut command = installed::python("wsgidav")?;
    command.arg("--config").arg(configuration);
    place.start(command).await
}

/// Runs a script in that folder. cadaver asks about certificates of authorities that the system does not know, and reads the answer
/// from a terminal only.
async fn cadaver(folder: &std::path::Path, way: &Way) -> Result<String, Trouble> {
    std::fs::write(folder.join("script"), SCRIPT).map_err(Trouble::during("a script"))?;
    let mut command = Command::new("script");
    let cadaver = format!("cadaver --proxy={HOST}:{} --rcfile=script {}", way.proxy_port(), way.url("/"));
    let cadaver = cadaver.replacen(HOST, "127.0.0.1", 1);
    command.args(["--quiet", "--return", "--command", &cadaver, "/dev/null"]).current_dir(folder).env("HOME", folder);
    run_with_input(command, "y\n").await?.succeeded()
}

#[tokio::test]
async fn cadaver_works_on_a_shared_folder() {
    let server = server().await.unwrap();
    let shared = server.folder().join("shared");
    let scene = Scene::start(server.port()).await.unwrap();
    let here = tempfile::tempdir().unwrap();
    std::fs::write(here.path().join("日本.txt"), "こんにちは\n").unwrap();

    for nobody in [scene.outsider(), scene.stranger()] {
        let (_proxy, way) = scene.through_proxy(&nobody).await.unwrap();
        let said = cadaver(here.path(), &way).await.unwrap();
        assert!(said.contains("40") && !said.contains("succeeded"), "{said}");
        assert_eq!(std::fs::read_dir(&shared).unwrap().count(), 0, "{said}");
    }
    for method in ["PROPFIND", "MKCOL", "LOCK", "PUT"] {
        let refused = status(&scene.outsider(), &["--request", method, &scene.outsider().url("/x")]).await.unwrap();
        assert_eq!(refused, "403", "{method}");
    }

    let (_proxy, way) = scene.through_proxy(&scene.member()).await.unwrap();
    let said = cadaver(here.path(), &way).await.unwrap();
    assert_eq!(
        (said.matches("succeeded").count(), said.matches("failed").count()),
        (10, 0),
        "{said}\n{}",
        server.log()
    );
    assert!(said.contains("moved.txt") && said.contains("blue"), "{said}");
    assert_eq!(std::fs::read_to_string(here.path().join("got.txt")).unwrap(), "こんにちは\n");
    assert_eq!(std::fs::read_to_string(shared.join("docs/moved.txt")).unwrap(), "こんにちは\n");
    assert!(!shared.join("docs/copy.txt").exists() && !shared.join("日本.txt").exists());
}

const CLOSED: &str = "@id(\"closed\")
forbid (principal, action, resource) when { context has request && context.request.path like \"/closed*\" };
";

#[tokio::test]
async fn i6_nothing_is_moved_to_where_nothing_may_be_written() {
    let server = server().await.unwrap();
    let shared = server.folder().join("shared");
    std::fs::create_dir(shared.join("closed")).unwrap();
    std::fs::write(shared.join("a.txt"), "a").unwrap();
    let scene = Scene::start(server.port()).await.unwrap();
    scene.platform.apply(&[("closed.cedar", CLOSED)]).await.unwrap();
    let member = scene.member();
    for (method, destination, expected) in [
        ("COPY", "/closed/a.txt", "403"),
        ("MOVE", "/closed/a.txt", "403"),
        ("COPY", "/%63losed/a.txt", "403"),
        ("COPY", "//closed/a.txt", "403"),
        ("COPY", "/open/../closed/a.txt", "400"),
        ("COPY", "/b.txt", "201"),
        ("MOVE", "/c.txt", "201"),
    ] {
        let field = format!("Destination: {}", member.url(destination));
        let ask = ["--request", method, "--header", &field, &member.url("/a.txt")];
        assert_eq!(status(&member, &ask).await.unwrap(), expected, "{method} {destination}\n{}", server.log());
    }
    for elsewhere in ["https://portal.localhost/x", "http://127.0.0.1/x"] {
        let field = format!("Destination: {elsewhere}");
        let ask = ["--request", "COPY", "--header", &field, &member.url("/b.txt")];
        assert_eq!(status(&member, &ask).await.unwrap(), "400", "{elsewhere}");
    }
    assert_eq!(std::fs::read_dir(shared.join("closed")).unwrap().count(), 0);
    assert!(shared.join("b.txt").exists() && shared.join("c.txt").exists() && !shared.join("a.txt").exists());
}
