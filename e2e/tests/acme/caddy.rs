//! An authority that is not ours: the ACME server of Caddy. It proves hosts on port 443 and nowhere else, so it and the platform run
//! on a loopback interface of their own, where that port is free.

use std::path::Path;

use sekisho_e2e::peer::Program;
use sekisho_e2e::platform::Platform;

const CADDYFILE: &str = "{
	admin off
	auto_https disable_redirects
	skip_install_trust
	storage file_system FOLDER/store
	pki {
		ca local {
			name \"Organisation\"
		}
	}
}
https://ca.localhost:9443 {
	tls internal
	acme_server {
		challenges tls-alpn-01
		lifetime 12h
	}
}
";

/// Brings the interface up, names the hosts, starts Caddy, waits for its certificate, and becomes the platform.
const SCRIPT: &str = "set -e
ip link set lo up
mount --bind \"$FOLDER/hosts\" /etc/hosts
XDG_DATA_HOME=\"$FOLDER\" \"$CADDY\" run --adapter caddyfile --config \"$FOLDER/Caddyfile\" > \"$FOLDER/caddy.log\" 2>&1 &
for attempt in $(seq 600); do
  test -s \"$FOLDER/store/pki/authorities/local/root.crt\" && exec \"$@\"
  sleep 0.1
done
cat \"$FOLDER/caddy.log\" >&2
exit 1
";

#[tokio::test]
async fn another_s_authority_issues_what_it_finds_proven() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("Caddyfile", &CADDYFILE.replace("FOLDER", &path));
    write("hosts", "127.0.0.1 localhost ca.localhost portal.localhost open.localhost\n");
    let caddy = Program::Caddy.path().unwrap().display().to_string();
    let script = format!("FOLDER='{path}'\nCADDY='{caddy}'\n{SCRIPT}");
    let alone = ["--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child"];
    let wrapper: Vec<&str> = ["unshare"].iter().chain(&alone).chain(&["sh", "-c", &script, "sh"]).copied().collect();
    let settings = format!(
        "listen = \"127.0.0.1:443\"\n[acme]\ndirectory = \"https://ca.localhost:9443/acme/local/directory\"\n\
         agree_to_terms = true\ncontact = [\"mailto:security@example.jp\"]\n\
         trust = \"{path}/store/pki/authorities/local/root.crt\"\n"
    );
    let platform = Platform::start_with(1, &wrapper, &settings).await.unwrap();
    let resource = "[[resource]]\nid = \"open\"\nname = { en = \"open\", ja = \"open\" }\nhost = \"open.localhost\"\n\
                    upstream = \"http://127.0.0.1:1\"\nsensitivity = 1\n";
    platform.apply(&[("open.toml", resource)]).await.unwrap();
    for host in ["portal.localhost", "open.localhost"] {
        is_certified(&platform, host, folder.path()).await;
    }
}

async fn is_certified(platform: &Platform, host: &str, folder: &Path) {
    let issued = async {
        loop {
            let rows = platform.command(&["certificate", "list"]).await.unwrap();
            let row = rows.as_array().unwrap().iter().find(|row| row["host"] == host);
            if row.is_some_and(|row| row["source"] == "acme" && row["problem"].is_null()) {
                return;
            }
        }
    };
    let issued = tokio::time::timeout(std::time::Duration::from_secs(60), issued).await;
    let caddy = || std::fs::read_to_string(folder.join("caddy.log")).unwrap_or_default();
    assert!(issued.is_ok(), "{host}: {} {}", platform.log(), caddy());
}
