//! What the pages of the console cost with 100,000 people, 100,000 devices, 1,000 applications and 1,000,000 decisions: the size of each, and
//! the time from the request to the last byte of the answer, over TLS on loopback.
//!
//! The platform runs in this process, as the demonstration's does. Its documents and its record are written first (`organisation`,
//! `record`); then an administrator with a passkey asks for every page of the program's own table (`pages`), some as a search, a
//! filter or a further page. Pages are not compressed: a compressed page with secrets in it can be guessed by its length.
//!
//! `--each 10000` takes fewer: that number of people and devices, ten times as many decisions.

mod organisation;
mod pages;
mod record;

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use sekisho::embedded::{Embedded, Failure, run_with_log};
use sekisho_control_plane::now;
use sekisho_e2e::client::{Connector, Person};
use sekisho_model::{Actor, UserId};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The account that looks.
const ADMINISTRATOR: &str = "administrator";

fn main() -> std::process::ExitCode {
    // Only a second installation fails.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let mut words = std::env::args().skip(1);
    let each = match (words.next().as_deref(), words.next().map(|number| number.parse())) {
        (None, None) => 100_000,
        (Some("--each"), Some(Ok(each))) => each,
        _ => {
            say("usage: console [--each NUMBER]");
            return std::process::ExitCode::FAILURE;
        }
    };
    match run_with_log("error", measure(each)) {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => std::process::ExitCode::FAILURE,
        Err(failure) => {
            say(&format!("not measured: {failure}"));
            std::process::ExitCode::FAILURE
        }
    }
}

async fn measure(each: u64) -> Result<bool, Failure> {
    let folder = tempfile::tempdir().map_err(Failure::failed)?;
    let platform = Embedded::start(&folder.path().join("data"), 0, 1).await?;
    let began = Instant::now();
    organisation::write(&platform, each).await?;
    say(&format!(
        "{each} people, {each} devices and {} applications in {:.0} s",
        organisation::applications(each),
        began.elapsed().as_secs_f64()
    ));
    let began = Instant::now();
    record::write(&platform, each).await?;
    say(&format!("{} decisions in {:.0} s", each * record::PER_PERSON, began.elapsed().as_secs_f64()));
    let mut person = administrator(&platform).await?;
    let good = pages::measure(&platform, &mut person, each).await?;
    platform.stop().await;
    Ok(good)
}

/// Somebody who may read everything, signed in with a passkey.
async fn administrator(platform: &Embedded) -> Result<Person, Failure> {
    let control_plane = platform.control_plane();
    let user: UserId = ADMINISTRATOR.parse().map_err(Failure::failed)?;
    let link = control_plane.identity.enrolment_link(&user, Actor::System, now()).await.map_err(Failure::failed)?;
    let port = control_plane.portal_origin.rsplit(':').next().and_then(|port| port.parse().ok());
    let port: u16 = port.ok_or_else(|| Failure::failed("the portal has no port"))?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let connector = Connector::new(address, platform.authority_file()).map_err(Failure::failed)?;
    let mut person = Person::new(connector, "portal.localhost");
    person.enrol(&control_plane.enrolment_url(&link)).await.map_err(Failure::failed)?;
    person.sign_in().await.map_err(Failure::failed)?;
    Ok(person)
}

fn say(text: &str) {
    // A reader that closed the pipe does not want the figures.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
