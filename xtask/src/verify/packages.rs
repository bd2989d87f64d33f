//! The Debian packages that tests need: a browser, nginx, a PostgreSQL server with its client, OpenSSH, clients of HTTP and
//! gRPC, `ip` and `faketime`, applications of others; for `--full` also slow clients, more applications and web servers. None is started as a service.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Scope, step};
use crate::console;

struct Need {
    package: &'static str,
    /// The smallest scope whose tests need it.
    scope: Scope,
    for_what: &'static str,
    is_here: fn() -> bool,
}

const SERVERS: &str = "the tests with the web servers of others";

const APPLICATIONS: &str = "the tests with the applications of others";

const NEEDS: [Need; 37] = [
    Need { package: "chromium", scope: Scope::Usual, for_what: "the browser tests", is_here: has_browser },
    Need { package: "nftables", scope: Scope::Usual, for_what: "the agent's packet filter", is_here: has_nft },
    Need { package: "nginx", scope: Scope::Usual, for_what: "the tests of enforcement points", is_here: has_nginx },
    Need {
        package: "python3-venv",
        scope: Scope::Usual,
        for_what: "the other enforcement points' programs",
        is_here: has_venv,
    },
    Need {
        package: "postgresql",
        scope: Scope::Usual,
        for_what: "the store's tests on a real server",
        is_here: has_postgresql,
    },
    Need {
        package: "openssh-client",
        scope: Scope::Usual,
        for_what: "the tests of tunnels",
        is_here: || on_path("ssh") && on_path("scp"),
    },
    Need { package: "openssh-server", scope: Scope::Usual, for_what: "the tests of tunnels", is_here: has_sshd },
    Need { package: "curl", scope: Scope::Usual, for_what: "the tests of transfers", is_here: || on_path("curl") },
    Need { package: "python3-grpcio", scope: Scope::Usual, for_what: "the tests of gRPC", is_here: has_grpc },
    Need { package: "iproute2", scope: Scope::Usual, for_what: "the tests of ACME", is_here: || on_path("ip") },
    Need {
        package: "rsyslog-gnutls",
        scope: Scope::Usual,
        for_what: "the tests of events",
        is_here: || is_file("/usr/sbin/rsyslogd"),
    },
    Need {
        package: "knot-dnsutils",
        scope: Scope::Usual,
        for_what: "the tests of the resolver",
        is_here: || on_path("kdig"),
    },
    Need {
        package: "unbound",
        scope: Scope::Usual,
        for_what: "the tests of the resolver",
        is_here: || is_file("/usr/sbin/unbound"),
    },
    Need {
        package: "libdpkg-perl",
        scope: Scope::Usual,
        for_what: "the tests of versions",
        is_here: || is_file("/usr/share/perl5/Dpkg/Version.pm"),
    },
    Need { package: "faketime", scope: Scope::Usual, for_what: "the tests of clocks", is_here: || on_path("faketime") },
    Need {
        package: "slowhttptest",
        scope: Scope::Full,
        for_what: "the tests of slow clients",
        is_here: || on_path("slowhttptest"),
    },
    Need {
        package: "apache2-bin",
        scope: Scope::Usual,
        for_what: APPLICATIONS,
        is_here: || is_file("/usr/sbin/apache2"),
    },
    Need { package: "git", scope: Scope::Usual, for_what: APPLICATIONS, is_here: || is_file(GIT) },
    Need { package: "cadaver", scope: Scope::Usual, for_what: APPLICATIONS, is_here: || on_path("cadaver") },
    Need {
        package: "docker-registry",
        scope: Scope::Usual,
        for_what: APPLICATIONS,
        is_here: || is_file("/usr/bin/docker-registry"),
    },
    Need { package: "npm", scope: Scope::Usual, for_what: APPLICATIONS, is_here: || on_path("npm") },
    Need { package: "subversion", scope: Scope::Full, for_what: APPLICATIONS, is_here: || on_path("svn") },
    Need {
        package: "libapache2-mod-svn",
        scope: Scope::Full,
        for_what: APPLICATIONS,
        is_here: || is_file("/usr/lib/apache2/modules/mod_dav_svn.so"),
    },
    Need {
        package: "rabbitmq-server",
        scope: Scope::Full,
        for_what: APPLICATIONS,
        is_here: || is_file("/usr/lib/rabbitmq/bin/rabbitmq-server"),
    },
    Need {
        package: "dokuwiki",
        scope: Scope::Full,
        for_what: APPLICATIONS,
        is_here: || is_file("/usr/share/dokuwiki/doku.php"),
    },
    Need { package: "php-cli", scope: Scope::Full, for_what: APPLICATIONS, is_here: || on_path("php") },
    Need { package: "prometheus", scope: Scope::Full, for_what: APPLICATIONS, is_here: || on_path("prometheus") },
    Need {
        package: "prometheus-alertmanager",
        scope: Scope::Full,
        for_what: APPLICATIONS,
        is_here: || on_path("prometheus-alertmanager"),
    },
    Need { package: "lighttpd", scope: Scope::Full, for_what: SERVERS, is_here: || is_file("/usr/sbin/lighttpd") },
    Need { package: "h2o", scope: Scope::Full, for_what: SERVERS, is_here: || is_file("/usr/bin/h2o") },
    Need { package: "nodejs", scope: Scope::Usual, for_what: SERVERS, is_here: || is_file("/usr/bin/node") },
    Need {
        package: "python3-gunicorn",
        scope: Scope::Full,
        for_what: SERVERS,
        is_here: || has_python_package("gunicorn"),
    },
    Need {
        package: "python3-waitress",
        scope: Scope::Full,
        for_what: SERVERS,
        is_here: || has_python_package("waitress"),
    },
    Need { package: "puma", scope: Scope::Full, for_what: SERVERS, is_here: || is_file("/usr/bin/puma") },
    Need {
        package: "libjetty9-java",
        scope: Scope::Full,
        for_what: SERVERS,
        is_here: || is_file("/usr/share/java/jetty9-server.jar"),
    },
    Need {
        package: "libeclipse-jdt-core-java",
        scope: Scope::Full,
        for_what: SERVERS,
        is_here: || is_file(JAVA_COMPILER),
    },
    // With a Java that runs all of them.
    Need {
        package: "tomcat10-common",
        scope: Scope::Full,
        for_what: SERVERS,
        is_here: || is_file("/usr/share/tomcat10/lib/catalina.jar"),
    },
];

/// The other half of `git push` over HTTP.
const GIT: &str = "/usr/lib/git-core/git-http-backend";
const JAVA_COMPILER: &str = "/usr/share/java/eclipse-jdt-core.jar";

/// Installs what is missing with apt-get, which only root can.
pub(super) fn install(scope: Scope) -> Result<(), String> {
    let is_needed = |need: &&Need| need.scope == Scope::Usual || scope == Scope::Full;
    let missing: Vec<&Need> = NEEDS.iter().filter(is_needed).filter(|need| !(need.is_here)()).collect();
    if missing.is_empty() {
        console::line("the packages for the tests are installed");
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|need| need.package).collect();
    for need in &missing {
        console::line(&format!("{} is not installed; it is needed for {}", need.package, need.for_what));
    }
    let by_hand = format!("as root: apt-get update && apt-get install --yes {}", names.join(" "));
    if !is_root() {
        return Err(format!("only root can install packages; run {by_hand}"));
    }
    console::line(&format!("installing with apt-get: {}", names.join(" ")));
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-o", "DPkg::Lock::Timeout=600"]).stdout(Stdio::null());
        command
    };
    step::succeed(apt().arg("update")).map_err(|e| format!("apt-get update: {e}"))?;
    let _quiet = Quiet::keep()?;
    let install = ["install", "--yes", "--no-install-recommends"];
    step::succeed(apt().args(install).args(&names)).map_err(|e| format!("apt-get install: {e}; run {by_hand}"))?;
    match missing.iter().find(|need| !(need.is_here)()) {
        Some(need) => Err(format!("{} is installed and yet not found", need.package)),
        None => Ok(()),
    }
}

/// Keeps Debian from starting what it installs as services, while this lives: its own way to say so is this program.
struct Quiet {
    is_ours: bool,
}

const POLICY: &str = "/usr/sbin/policy-rc.d";

impl Quiet {
    fn keep() -> Result<Self, String> {
        let is_ours = !Path::new(POLICY).exists();
        if is_ours {
            let wrong = |error: std::io::Error| format!("{POLICY}: {error}");
            std::fs::write(POLICY, "#!/bin/sh\nexit 101\n").map_err(wrong)?;
            std::fs::set_permissions(POLICY, Permissions::from_mode(0o755)).map_err(wrong)?;
        }
        Ok(Self { is_ours })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if self.is_ours {
            // Another process may have removed it already, which is what is wanted.
            let _ = std::fs::remove_file(POLICY);
        }
    }
}

fn has_browser() -> bool {
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].into_iter().any(on_path)
}

fn has_nft() -> bool {
    is_file("/usr/sbin/nft")
}

fn has_nginx() -> bool {
    is_file("/usr/sbin/nginx")
}

fn has_python_package(name: &str) -> bool {
    Path::new("/usr/lib/python3/dist-packages").join(name).is_dir()
}

fn is_file(path: &str) -> bool {
    Path::new(path).is_file()
}

fn has_venv() -> bool {
    let output = Command::new("python3").args(["-c", "import ensurepip, venv"]).output();
    output.is_ok_and(|output| output.status.success())
}

/// Debian keeps the server's programs outside the path, by version.
fn has_postgresql() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    on_path("initdb") || versions.into_iter().any(|version| version.path().join("bin/initdb").is_file())
}

/// Debian keeps it where only root looks for programs.
fn has_sshd() -> bool {
    on_path("sshd") || Path::new("/usr/sbin/sshd").is_file()
}

fn has_grpc() -> bool {
    let import = ["-c", "import grpc"];
    let mut python = Command::new("/usr/bin/python3");
    python.args(import).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
