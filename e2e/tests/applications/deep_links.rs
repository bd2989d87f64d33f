//! Deep links as forges and storage services have them: each leads to exactly its page, before sign-in and after it.

use std::slice::from_ref;

use sekisho_attacks::Recorder;

use crate::client::{curl, run, status};
use crate::scene::{HOST, Scene};

/// Addresses of Gitea, GitLab, RabbitMQ, object stores, archives, Java applications, matrix parameters, and what people paste.
const LINKS: [&str; 16] = [
    "/team/site/src/branch/feature%2Flogin/docs/%E6%97%A5%E6%9C%AC%E8%AA%9E.md?display=source",
    "/team/site/compare/main...feature%2Flogin",
    "/team/site/src/commit/0f3c/a%20b/%23notes.md",
    "/api/v4/projects/team%2Fsite/repository/files/src%2Fmain.rs/raw?ref=main",
    "/api/v1/repos/team/site/contents/%E8%A1%A8.txt?ref=feature%2Flogin",
    "/api/queues/%2F/jobs",
    "/web/2026/https://example.com/a?b=c",
    "/bucket//key",
    "//double",
    "/maps/@35.68,139.76,15z/data=!3m1!4b1",
    "/shop;jsessionid=1F2E;v=2/item",
    "/search?q=%93%FA%95%F1&page=1&q=again",
    "/odata/Orders('A%2F1')/$value",
    "/wiki/C%2B%2B_(言語)",
    "/a/%c3%a9/%C3%89/%7Etilde/~tilde",
    "/trailing/?",
];

#[tokio::test]
async fn every_link_arrives_byte_for_byte() {
    let origin = Recorder::start().await.unwrap();
    let mut scene = Scene::start(origin.address.port()).await.unwrap();
    let targets = |origin: &Recorder| {
        let bytes = origin.recorded().bytes;
        origin.forget();
        let text = bytes.iter().map(|connection| String::from_utf8_lossy(connection).into_owned()).collect::<String>();
        let lines = text.lines().filter_map(|line| line.strip_prefix("GET ")?.strip_suffix(" HTTP/1.1"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    origin.forget();
    for link in LINKS {
        // As browsers escape what people paste.
        let link = link.replace("言語", "%E8%A8%80%E8%AA%9E");
        let url = scene.member().url(&link);
        assert_eq!(status(&scene.stranger(), &[&url]).await.unwrap(), "401", "{link}");
        assert_eq!(status(&scene.outsider(), &[&url]).await.unwrap(), "403", "{link}");
        assert_eq!(targets(&origin), Vec::<String>::new(), "{link}");
        run(curl(&scene.member(), &[&url])).await.unwrap().succeeded().unwrap();
        assert_eq!(targets(&origin).as_slice(), from_ref(&link));
        // Over HTTP/1.1, and through the sign-in of somebody whose session this host does not know yet.
        run(curl(&scene.member(), &["--http1.1", &url])).await.unwrap().succeeded().unwrap();
        assert_eq!(targets(&origin).as_slice(), from_ref(&link));
        scene.person().forget(HOST);
        scene.person().open(HOST, &link).await.unwrap().expect(200).unwrap();
        assert_eq!(targets(&origin).as_slice(), from_ref(&link), "after sign-in");
    }
}
