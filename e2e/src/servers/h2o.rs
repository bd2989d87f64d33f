//! h2o.

use tokio::process::Command;

use super::{Place, program};
use crate::Trouble;
use crate::services::is_root;

pub(super) fn command(place: Place<'_>) -> Result<Command, Trouble> {
    let Place { folder, port, application } = place;
    let own = folder.display();
    // Who starts as root would become nobody, who may not write here.
    let user = if is_root() { "user: root\n" } else { "" };
    let text = format!(
        "{user}listen:\n  host: 127.0.0.1\n  port: {port}\nnum-threads: 1\npid-file: {own}/pid\nhosts:\n  default:\n    paths:\n      /:\n        \
         fastcgi.connect:\n          host: 127.0.0.1\n          port: {application}\n          type: tcp\n"
    );
    let file = place.put("h2o.conf", &text)?;
    let mut command = program("/usr/bin/h2o", "h2o")?;
    command.args(["-m", "worker", "-c"]).arg(file);
    Ok(command)
}
