//! DokuWiki in Chromium: a page with a Japanese title is written and found.

use sekisho_e2e::Trouble;
use sekisho_e2e::browser::Browser;

use crate::application::{Application, Place};
use crate::client::status;
use crate::installed;
use crate::scene::Scene;

async fn server() -> Result<Application, Trouble> {
    let place = Place::new()?;
    let own = place.folder().display().to_string();
    place.put("prepend.php", format!("<?php define('DOKU_CONF', '{own}/conf/');\n"))?;
    let local = format!(
        "<?php $conf['title']='社内 Wiki'; $conf['savedir']='{own}/data'; $conf['useacl']=0; $conf['userewrite']=2;\n"
    );
    place.put("conf/local.php", local)?;
    for folder in
        ["attic", "cache", "index", "locks", "log", "media", "media_attic", "media_meta", "meta", "pages", "tmp"]
    {
        std::fs::create_dir_all(place.folder().join("data").join(folder)).map_err(Trouble::during(folder))?;
    }
    let mut command = installed::debian("/usr/bin/php")?;
    command.args(["-S", &format!("127.0.0.1:{}", place.port), "-t", "/usr/share/dokuwiki"]);
    command.args(["-d", &format!("auto_prepend_file={own}/prepend.php"), "-d", &format!("session.save_path={own}")]);
    command.env("PHP_CLI_SERVER_WORKERS", "4");
    place.start(command).await
}

#[tokio::test]
#[ignore = "needs DokuWiki: run by `cargo verify --full`"]
async fn a_page_with_a_japanese_title_is_written() {
    let server = server().await.unwrap();
    let scene = Scene::start(server.port()).await.unwrap();
    let browser = Browser::launch("ja").await.unwrap();
    let (page, closed) = scene.pages(&browser).await.unwrap();
    let title = "/doku.php/議事録:第一回";
    closed.go(&scene.member().url(title)).await.unwrap();
    assert!(closed.text("#dokuwiki__content").await.unwrap().is_none());
    for (nobody, code) in [(scene.outsider(), "403"), (scene.stranger(), "401")] {
        assert_eq!(status(&nobody, &[&nobody.url("/doku.php?id=start")]).await.unwrap(), code);
    }
    page.go(&scene.member().url(&format!("{title}?do=edit"))).await.unwrap();
    page.fill("#wiki__text", "====== 第一回 ======\n出席: 三佳、[[議事録:次回]]").await.unwrap();
    page.follow("#edbtn__save").await.unwrap();
    page.wait_for_text("#dokuwiki__content", "出席: 三佳").await.unwrap();
    let url = page.url().await.unwrap();
    assert!(url.contains("%E8%AD%B0%E4%BA%8B%E9%8C%B2:%E7%AC%AC%E4%B8%80%E5%9B%9E"), "{url}\n{}", server.log());
}
