//! Apache httpd.

use tokio::process::Command;

use super::{Place, program};
use crate::Trouble;

pub(super) fn command(place: Place<'_>) -> Result<Command, Trouble> {
    let Place { folder, port, application } = place;
    let own = folder.display();
    let modules = ["mpm_event", "authz_core", "proxy", "proxy_fcgi"];
    let modules =
        modules.map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n")).concat();
    let text = format!(
        "ServerRoot {own}\nPidFile {own}/pid\nDefaultRuntimeDir {own}\nErrorLog {own}/error\nServerName localhost\n\
         Listen 127.0.0.1:{port}\n{modules}User nobody\nGroup nogroup\n\
         ProxyPass / fcgi://127.0.0.1:{application}/\n"
    );
    let file = place.put("apache.conf", &text)?;
    let mut command = program("/usr/sbin/apache2", "apache2-bin")?;
    // One process: killing it leaves nobody behind.
    command.arg("-X").arg("-f").arg(file);
    Ok(command)
}
