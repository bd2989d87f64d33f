//! Radicale, a server of calendars, with the `caldav` client of Python.

use sekisho_e2e::Trouble;

use crate::application::{Application, Place};
use crate::client::{Done, run, status};
use crate::installed;
use crate::scene::{Scene, Way};

async fn server() -> Result<Application, Trouble> {
    let place = Place::new()?;
    let mut command = installed::python("radicale")?;
    // It takes any name and password, and shows everybody their own calendars.
    command.args(["--config", "", "--auth-type", "none", "--server-hosts", &format!("127.0.0.1:{}", place.port)]);
    command.arg("--storage-filesystem-folder").arg(place.folder().join("calendars"));
    place.start(command).await
}

/// Makes a calendar and an event, finds and changes them, and removes both.
async fn client(way: &Way) -> Result<Done, Trouble> {
    let mut command = installed::python("python")?;
    command.args(["-c", include_str!("scripts/caldav.py"), &way.url("/"), &way.proxy, &way.authority(), &way.cookie]);
    run(command).await
}

#[tokio::test]
async fn a_calendar_is_kept() {
    let server = server().await.unwrap();
    let scene = Scene::start(server.port()).await.unwrap();
    for nobody in [scene.outsider(), scene.stranger()] {
        client(&nobody).await.unwrap().failed().unwrap();
    }
    for method in ["REPORT", "MKCALENDAR", "PROPPATCH"] {
        let refused = status(&scene.outsider(), &["--request", method, &scene.outsider().url("/mika/")]).await.unwrap();
        assert_eq!(refused, "403", "{method}");
    }
    assert!(!server.log().contains("oto") && !server.log().contains("MKCALENDAR"), "{}", server.log());
    let said = client(&scene.member()).await.unwrap().succeeded();
    let said = said.unwrap_or_else(|trouble| panic!("{trouble}\n{}", server.log()));
    assert_eq!(said, "calendars: 予定\nfound: 朝会\nchanged: 夕会\ncollected: 1\nleft: 0\n");
}
