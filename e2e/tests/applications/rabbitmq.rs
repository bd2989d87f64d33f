//! RabbitMQ's management, whose API and pages have `%2F`, the name of the first virtual host, in their paths.

use std::process::Stdio;

use sekisho_e2e::Trouble;
use sekisho_e2e::browser::Browser;
use sekisho_e2e::peer::server_port;
use tokio::process::Child;

use crate::application::{Application, Place};
use crate::client::{curl, run, status};
use crate::installed;
use crate::scene::{Scene, Way};

/// The server, and the directory of Erlang's nodes that it would leave running otherwise.
struct Broker {
    application: Application,
    _names: Child,
}

async fn server() -> Result<Broker, Trouble> {
    let place = Place::new()?;
    let (names, distribution, queues) = (server_port()?, server_port()?, server_port()?);
    let mut epmd = installed::debian("/usr/bin/epmd")?;
    epmd.args(["-address", "127.0.0.1", "-port", &names.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    let names_process = epmd.kill_on_drop(true).spawn().map_err(Trouble::during("epmd"))?;
    let configuration = format!(
        "listeners.tcp.default = 127.0.0.1:{queues}\nmanagement.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {}\n",
        place.port
    );
    let configuration = place.put("rabbitmq.conf", configuration)?;
    let plugins = place.put("plugins", "[rabbitmq_management].")?;
    let folder = place.folder();
    let mut command = installed::debian("/usr/lib/rabbitmq/lib/rabbitmq_server-3.10.8/sbin/rabbitmq-server")
        .or_else(|_| installed::debian("/usr/lib/rabbitmq/bin/rabbitmq-server"))?;
    command.env("RABBITMQ_NODENAME", format!("sekisho{}@localhost", place.port));
    command.env("ERL_EPMD_PORT", names.to_string()).env("RABBITMQ_DIST_PORT", distribution.to_string());
    command.env("RABBITMQ_CONFIG_FILE", &configuration).env("RABBITMQ_ENABLED_PLUGINS_FILE", &plugins);
    command.env("RABBITMQ_MNESIA_BASE", folder.join("data")).env("RABBITMQ_LOG_BASE", folder.join("logs"));
    command.env("RABBITMQ_PID_FILE", folder.join("pid")).env("RABBITMQ_CONF_ENV_FILE", folder.join("none"));
    let application = place.start(command).await?;
    Ok(Broker { application, _names: names_process })
}

#[tokio::test]
#[ignore = "needs RabbitMQ: run by `cargo verify --full`"]
async fn a_queue_of_the_first_virtual_host_is_made_and_shown() {
    let broker = server().await.unwrap();
    let scene = Scene::start(broker.application.port()).await.unwrap();
    let queue = |way: &Way| way.url("/api/queues/%2F/jobs");
    for (nobody, code) in [(scene.outsider(), "403"), (scene.stranger(), "401")] {
        let ask = ["--user", "guest:guest", "--request", "PUT", "--data", "{}", &queue(&nobody)];
        assert_eq!(status(&nobody, &ask).await.unwrap(), code);
    }
    let member = scene.member();
    let make = ["--user", "guest:guest", "--request", "PUT", "--data", r#"{"durable":true}"#, &queue(&member)];
    let made = run(curl(&member, &make)).await.unwrap().succeeded();
    made.unwrap_or_else(|trouble| panic!("{trouble}\n{}", broker.application.log()));

    let browser = Browser::launch("en").await.unwrap();
    let (page, closed) = scene.pages(&browser).await.unwrap();
    closed.go(&member.url("/")).await.unwrap();
    assert!(closed.text("#login").await.unwrap().is_none());
    page.go(&member.url("/")).await.unwrap();
    for field in ["username", "password"] {
        page.fill(&format!("[name={field}]"), "guest").await.unwrap();
    }
    page.click("[type=submit]").await.unwrap();
    page.wait_for_text("#main", "Overview").await.unwrap();
    page.evaluate("location.hash = '#/queues/%2F/jobs'").await.unwrap();
    page.wait_for_text("#main", "Queue jobs").await.unwrap();
}
