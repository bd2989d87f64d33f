//! lighttpd.

use tokio::process::Command;

use super::{Place, program};
use crate::Trouble;

pub(super) fn command(place: Place<'_>) -> Result<Command, Trouble> {
    let Place { folder, port, application } = place;
    let own = folder.display();
    let text = format!(
        "server.document-root = \"{own}\"\nserver.bind = \"127.0.0.1\"\nserver.port = {port}\n\
         server.upload-dirs = (\"{own}\")\nserver.modules = (\"mod_fastcgi\")\n\
         fastcgi.server = (\"/\" => ((\"host\" => \"127.0.0.1\", \"port\" => {application}, \"check-local\" => \"disable\")))\n"
    );
    let file = place.put("lighttpd.conf", &text)?;
    let mut command = program("/usr/sbin/lighttpd", "lighttpd")?;
    command.arg("-D").arg("-f").arg(file);
    Ok(command)
}
