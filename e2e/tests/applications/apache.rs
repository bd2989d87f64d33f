//! Apache httpd as a process that serves by other people's modules.

use std::path::Path;

use sekisho_e2e::Trouble;
use tokio::process::Command;

use crate::application::{Application, Place};
use crate::installed;

/// Apache at that place with those modules and directives.
pub(crate) fn command(place: &Place, modules: &[&str], directives: &str) -> Result<Command, Trouble> {
    let (own, port) = (place.folder().display(), place.port);
    let module = |name: &&str| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n");
    let modules: String = ["mpm_event", "authz_core"].iter().chain(modules).map(module).collect();
    let text = format!(
        "ServerRoot {own}\nPidFile {own}/pid\nDefaultRuntimeDir {own}\nErrorLog {own}/error\nServerName localhost\n\
         Listen 127.0.0.1:{port}\n{modules}User nobody\nGroup nogroup\n{directives}"
    );
    let file = place.put("apache.conf", text)?;
    hand_over(place.folder())?;
    let mut command = installed::debian("/usr/sbin/apache2")?;
    // One process, with threads.
    command.arg("-X").arg("-f").arg(file);
    Ok(command)
}

/// What Apache wrote to its log of errors.
pub(crate) fn errors(server: &Application) -> String {
    let bytes = std::fs::read(server.folder().join("error")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Gives a folder to the user that Apache runs as, where this is root, who may not serve.
pub(crate) fn hand_over(folder: &Path) -> Result<(), Trouble> {
    const NOBODY: (u32, u32) = (65534, 65534);
    let wrong = |error: std::io::Error| Trouble::new(format!("{}: {error}", folder.display()));
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    std::os::unix::fs::chown(folder, Some(NOBODY.0), Some(NOBODY.1)).map_err(wrong)?;
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        if entry.file_type().map_err(wrong)?.is_dir() {
            hand_over(&entry.path())?;
        } else {
            std::os::unix::fs::lchown(entry.path(), Some(NOBODY.0), Some(NOBODY.1)).map_err(wrong)?;
        }
    }
    Ok(())
}
