//! nginx.

use tokio::process::Command;

use super::{Place, program};
use crate::Trouble;

pub(super) fn command(place: Place<'_>) -> Result<Command, Trouble> {
    let Place { folder, port, application } = place;
    let own = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|kind| format!("  {kind}_temp_path {own}/{kind};\n")).concat();
    let text = format!(
        "pid {own}/pid;\nevents {{}}\nhttp {{\n  access_log off;\n{temporary}  server {{\n    listen 127.0.0.1:{port};\n    \
         location / {{\n      fastcgi_param REQUEST_METHOD $request_method;\n      fastcgi_param REQUEST_URI $request_uri;\n      \
         fastcgi_param CONTENT_LENGTH $content_length;\n      fastcgi_pass 127.0.0.1:{application};\n    }}\n  }}\n}}\n"
    );
    let file = place.put("nginx.conf", &text)?;
    let mut command = program("/usr/sbin/nginx", "nginx")?;
    // One process: killing it leaves nobody behind.
    command.arg("-p").arg(folder).args(["-e", "stderr", "-g", "daemon off; master_process off;", "-c"]).arg(file);
    Ok(command)
}
