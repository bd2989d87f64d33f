//! What people use today when every request must be authorised, at its best: the authoriser is an nginx that always says
//! 204, on the other core, and decides nothing.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use sekisho_e2e::Trouble;
use sekisho_e2e::peer::Program;
use sekisho_e2e::platform::example::OPEN;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// A proxy that asks the stub before it forwards. It is killed when dropped.
pub(crate) struct Peer {
    _folder: TempDir,
    _process: Child,
    port: u16,
}

impl Peer {
    /// Starts it on a core, in front of that upstream, asking that authoriser, both on this machine.
    pub(crate) async fn start(program: Program, core: &str, upstream: u16, stub: u16) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for a proxy"))?;
        let port = free_port()?;
        let (file, text, arguments) = configuration(program, folder.path(), port, upstream, stub);
        if program == Program::Traefik {
            let routes = traefik_routes(upstream, stub);
            std::fs::write(folder.path().join("routes.toml"), routes).map_err(Trouble::during("routes.toml"))?;
        }
        let file = folder.path().join(file);
        std::fs::write(&file, text).map_err(Trouble::during(file.display()))?;
        let mut command = Command::new("taskset");
        command.args(["-c", core]).arg(program.path()?).args(arguments).arg(&file).current_dir(folder.path());
        command.env("HOME", folder.path()).env("XDG_DATA_HOME", folder.path()).env("GOMAXPROCS", "1");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let process = command.spawn().map_err(Trouble::during(program.name()))?;
        for _ in 0..200 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok() {
                return Ok(Self { _folder: folder, _process: process, port });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(Trouble::new(format!("{} does not answer", program.name())))
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("http://{OPEN}:{}/", self.port)
    }
}

/// The file's name, its text, and what comes before its path on the command line.
fn configuration(
    program: Program,
    folder: &Path,
    port: u16,
    upstream: u16,
    stub: u16,
) -> (&'static str, String, &'static [&'static str]) {
    let at = folder.display();
    match program {
        Program::Nginx => {
            let text = format!(
                "daemon off; master_process off; user root; pid {at}/pid; events {{ worker_connections 4096; }}
                 http {{ access_log off; client_body_temp_path {at}/b; proxy_temp_path {at}/p;
                   fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s;
                   upstream u {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000000; }}
                   upstream a {{ server 127.0.0.1:{stub}; keepalive 128; keepalive_requests 1000000000; }}
                   server {{ listen 127.0.0.1:{port}; keepalive_requests 1000000000; proxy_http_version 1.1;
                     proxy_set_header Connection \"\"; proxy_set_header Host $host;
                     location / {{ auth_request /_a; proxy_pass http://u; }}
                     location = /_a {{ internal; proxy_pass http://a; proxy_pass_request_body off;
                       proxy_set_header Content-Length \"\"; proxy_set_header Connection \"\"; }} }} }}"
            );
            ("nginx.conf", text, &["-e", "/dev/null", "-c"])
        }
        Program::Envoy => {
            ("envoy.yaml", envoy(port, upstream, stub), &["--concurrency", "1", "--use-dynamic-base-id", "-c"])
        }
        Program::Caddy => {
            let text = format!(
                "{{\n admin off\n auto_https off\n}}\nhttp://{OPEN}:{port} {{\n bind 127.0.0.1\n \
                 forward_auth 127.0.0.1:{stub} {{\n  uri /\n }}\n reverse_proxy 127.0.0.1:{upstream}\n}}\n"
            );
            ("Caddyfile", text, &["run", "--adapter", "caddyfile", "--config"])
        }
        Program::Traefik => {
            let text = format!(
                "[entryPoints.web]\naddress = \"127.0.0.1:{port}\"\n[providers.file]\nfilename = \"{at}/routes.toml\"\n\
                 [global]\ncheckNewVersion = false\nsendAnonymousUsage = false\n"
            );
            ("traefik.toml", text, &["--configfile"])
        }
    }
}

fn traefik_routes(upstream: u16, stub: u16) -> String {
    format!(
        "[http.routers.r]\nrule = \"Host(`{OPEN}`)\"\nservice = \"s\"\nmiddlewares = [\"a\"]\n\
         [http.middlewares.a.forwardAuth]\naddress = \"http://127.0.0.1:{stub}/\"\n\
         [[http.services.s.loadBalancer.servers]]\nurl = \"http://127.0.0.1:{upstream}\"\n"
    )
}

fn envoy(port: u16, upstream: u16, stub: u16) -> String {
    let cluster = |name: &str, port: u16| {
        format!(
            "  - name: {name}\n    type: STATIC\n    load_assignment:\n      cluster_name: {name}\n      endpoints:\n      \
             - lb_endpoints:\n        - endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, \
             port_value: {port} }} }} }}\n"
        )
    };
    let manager =
        "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    let authz = "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz";
    let router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
    format!(
        "static_resources:\n  listeners:\n  - address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }}\n    \
         filter_chains:\n    - filters:\n      - name: envoy.filters.network.http_connection_manager\n        typed_config:\n          \
         \"@type\": {manager}\n          stat_prefix: s\n          generate_request_id: false\n          \
         route_config:\n            virtual_hosts:\n            - name: v\n              domains: [\"*\"]\n              \
         routes: [{{ match: {{ prefix: \"/\" }}, route: {{ cluster: upstream }} }}]\n          \
         http_filters:\n          - name: envoy.filters.http.ext_authz\n            typed_config:\n              \
         \"@type\": {authz}\n              http_service: {{ server_uri: {{ uri: \"127.0.0.1:{stub}\", cluster: stub, \
         timeout: 1s }} }}\n          - name: envoy.filters.http.router\n            typed_config: {{ \"@type\": {router} }}\n  \
         clusters:\n{}{}",
        cluster("upstream", upstream),
        cluster("stub", stub)
    )
}

fn free_port() -> Result<u16, Trouble> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Trouble::during("a free port"))?;
    Ok(listener.local_addr().map_err(Trouble::during("a free port"))?.port())
}
