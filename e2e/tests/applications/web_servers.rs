//! nginx, Apache and Node.js as upstreams: each understands what the client sent.

use sekisho_e2e::servers::{Server, ServerKind};

use crate::client::{curl, run, status};
use crate::scene::Scene;

const TARGETS: [&str; 9] = [
    "/",
    "/api/queues/%2F/jobs?a=%2F",
    "/%93%FA%95%F1.html?%8C%8E",
    "/%95%5C.html",
    "/bucket//key",
    "/web/2026/https://example.com/a",
    "/shop;v=2/item",
    "/%E6%97%A5%E6%9C%AC/%c3%a9",
    "/a+b/~c/@d/$e/!f/(g)/'h'/*",
];

async fn understands(kind: ServerKind) {
    let mut server = Server::start(kind).await.unwrap();
    let scene = Scene::start(server.port()).await.unwrap();
    server.understood().unwrap();
    // Apache itself does not serve an escaped slash, unless `AllowEncodedSlashes` says so.
    let serves = |target: &&&str| kind != ServerKind::Apache || !target.contains("%2F/");
    for target in TARGETS.iter().filter(serves) {
        let url = scene.member().url(target);
        assert_eq!(status(&scene.stranger(), &[&url]).await.unwrap(), "401");
        assert_eq!(status(&scene.outsider(), &[&url]).await.unwrap(), "403");
        for method in ["GET", "POST"] {
            let body = if method == "POST" { "本文" } else { "" };
            let mut command = curl(&scene.member(), &["--request", method, &url]);
            if !body.is_empty() {
                command.args(["--data-binary", body]);
            }
            run(command).await.unwrap().succeeded().unwrap();
            let seen = server.understood().unwrap();
            let seen: Vec<_> =
                seen.iter().map(|it| (it.method.as_str(), it.target.as_str(), it.body.as_slice())).collect();
            assert_eq!(seen, [(method, *target, body.as_bytes())], "{kind}");
        }
    }
    // An answer of the server's own is one, too: no person, no request.
    assert_eq!(server.understood().unwrap(), []);
}

#[tokio::test]
async fn nginx_understands_what_was_sent() {
    understands(ServerKind::Nginx).await;
}

#[tokio::test]
async fn apache_understands_what_was_sent() {
    understands(ServerKind::Apache).await;
}

#[tokio::test]
async fn node_understands_what_was_sent() {
    understands(ServerKind::Node).await;
}
