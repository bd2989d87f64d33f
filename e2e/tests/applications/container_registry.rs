//! A registry of container images, with a client that uploads in parts as `docker push` does.

use sekisho_e2e::Trouble;

use crate::application::{Application, Place};
use crate::client::{Done, run, status};
use crate::installed;
use crate::scene::{Scene, Way};

async fn server() -> Result<Application, Trouble> {
    let place = Place::new()?;
    let configuration = format!(
        "version: 0.1\nlog: {{ level: info }}\nstorage: {{ filesystem: {{ rootdirectory: {}/images }} }}\n\
         http: {{ addr: \"127.0.0.1:{}\" }}\n",
        place.folder().display(),
        place.port
    );
    let file = place.put("config.yml", configuration)?;
    let mut command = installed::debian("/usr/bin/docker-registry")?;
    command.arg("serve").arg(file);
    place.start(command).await
}

/// Pushes an image whose layer comes in three parts, and pulls it.
async fn push_and_pull(way: &Way) -> Result<Done, Trouble> {
    let mut command = installed::python("python")?;
    command.args(["-c", include_str!("scripts/images.py"), &way.url(""), &way.proxy, &way.authority(), &way.cookie]);
    run(command).await
}

#[tokio::test]
async fn an_image_is_pushed_in_parts_and_pulled() {
    let server = server().await.unwrap();
    let scene = Scene::start(server.port()).await.unwrap();
    for (nobody, code) in [(scene.outsider(), "403"), (scene.stranger(), "401")] {
        let said = push_and_pull(&nobody).await.unwrap().failed().unwrap();
        assert!(said.contains(code), "{said}");
        let uploads = nobody.url("/v2/team/app/blobs/uploads/");
        assert_eq!(status(&nobody, &["--request", "POST", &uploads]).await.unwrap(), code);
    }
    assert!(!server.folder().join("images").exists());
    let said = push_and_pull(&scene.member()).await.unwrap().succeeded();
    let said = said.unwrap_or_else(|trouble| panic!("{trouble}\n{}", server.log()));
    assert_eq!(said, "pushed: 30000000 bytes\npulled: 30000000 bytes\ntags: ['1.0']\n");
}
