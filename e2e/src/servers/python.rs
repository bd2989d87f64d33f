//! gunicorn and waitress: one WSGI application behind both.

use tokio::process::Command;

use super::{Place, program};
use crate::Trouble;

pub(super) fn gunicorn(place: Place<'_>) -> Result<Command, Trouble> {
    let bind = format!("127.0.0.1:{}", place.port);
    // The other kinds of workers close after each answer, or do not come with it.
    python(place, "gunicorn", &["gunicorn.app.wsgiapp", "--worker-class", "gthread", "--threads", "2", "--bind", &bind])
}

pub(super) fn waitress(place: Place<'_>) -> Result<Command, Trouble> {
    python(place, "waitress", &["waitress", &format!("--listen=127.0.0.1:{}", place.port)])
}

fn python(place: Place<'_>, server: &str, arguments: &[&str]) -> Result<Command, Trouble> {
    let package = format!("/usr/lib/python3/dist-packages/{server}");
    if !std::path::Path::new(&package).is_dir() {
        return Err(Trouble::new(format!(
            "{package} is missing: install python3-{server}, or run `cargo verify`, which does"
        )));
    }
    place.put("application.py", include_str!("applications/wsgi.py"))?;
    let mut command = program("/usr/bin/python3", "python3")?;
    command.arg("-m").args(arguments).arg("application:application").env("NOTES", place.notes());
    Ok(command)
}
