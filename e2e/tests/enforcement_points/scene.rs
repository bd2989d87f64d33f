//! A wiki and a payroll behind one proxy that may ask for the wiki only.

use std::net::{Ipv4Addr, SocketAddr};

use sekisho_attacks::Recorder;
use sekisho_e2e::Trouble;
use sekisho_e2e::client::{Connector, Person};
use sekisho_e2e::peer::{Program, Proxy, Wiring, server_port};
use sekisho_e2e::platform::Platform;

pub(crate) const WIKI: &str = "wiki.localhost";
pub(crate) const PAYROLL: &str = "payroll.localhost";

const POLICIES: &str = "@id(\"readers\")
permit (principal in Sekisho::Group::\"readers\", action, resource)
when { context.session.phishing_resistant };

@id(\"secret\")
@reason(\"The secret pages are closed.\")
forbid (principal, action, resource == Sekisho::Resource::\"wiki\")
when { context has request && context.request.path like \"/secret*\" };
";

/// A platform, a proxy in front of a recording origin, and the people.
pub(crate) struct Scene {
    pub platform: Platform,
    pub proxy: Proxy,
    pub origin: Recorder,
    pub port: u16,
}

impl Scene {
    /// Everything started.
    pub(crate) async fn start(program: Program) -> Result<Self, Trouble> {
        let platform = Platform::start(1).await?;
        let (origin, port) = (Recorder::start().await.map_err(|e| Trouble::new(e.to_string()))?, server_port()?);
        organise(&platform, program, port).await?;
        let hosts = [WIKI, PAYROLL];
        let wiring = Wiring { platform: &platform, point: "edge", hosts: &hosts, origin: origin.address, port };
        let proxy = Proxy::start(program, wiring).await?;
        Ok(Self { platform, proxy, origin, port })
    }

    /// A page behind the proxy.
    pub(crate) fn url(&self, host: &str, path: &str) -> String {
        format!("https://{host}:{}{path}", self.port)
    }

    /// A person with that account who has signed in at the portal.
    pub(crate) async fn signed_in(&self, user: &str) -> Result<Person, Trouble> {
        let mut person = self.platform.signed_in(user).await?;
        person.reach(self.to_proxy()?);
        Ok(person)
    }

    /// Somebody who has not.
    pub(crate) fn stranger(&self) -> Result<Person, Trouble> {
        let mut person = self.platform.person()?;
        person.reach(self.to_proxy()?);
        Ok(person)
    }

    /// How many bytes the origin has received since the last time.
    pub(crate) fn received(&self) -> usize {
        let bytes = self.origin.recorded().bytes.iter().map(Vec::len).sum();
        self.origin.forget();
        bytes
    }

    pub(crate) fn to_proxy(&self) -> Result<Connector, Trouble> {
        Connector::new(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)), &self.proxy.certificate())
    }
}

/// The people, the two applications, and the enforcement points that hold one each.
pub(crate) async fn organise(platform: &Platform, program: Program, port: u16) -> Result<(), Trouble> {
    let application = |id: &str, host: &str| {
        format!(
            "[[resource]]\nid = \"{id}\"\nname = {{ en = \"{id}\", ja = \"{id}\" }}\nhost = \"{host}\"\nsensitivity = 1\n"
        )
    };
    let point = |id: &str, resource: &str| {
        let speaks = program.name();
        format!(
            "[[enforcement-point]]\nid = \"{id}\"\nspeaks = \"{speaks}\"\nresources = [\"{resource}\"]\nport = {port}\n"
        )
    };
    let people = "[[group]]\nid = \"readers\"\nname = \"Readers\"\n\
        [[user]]\nid = \"alice\"\nname = \"Alice\"\nemployment = \"staff\"\ngroups = [\"readers\"]\n\
        [[user]]\nid = \"mallory\"\nname = \"Mallory\"\nemployment = \"staff\"\n"
        .to_owned();
    let documents = [
        people,
        application("wiki", WIKI),
        application("payroll", PAYROLL),
        point("edge", "wiki"),
        point("vault", "payroll"),
    ];
    platform.apply(&[("organisation.toml", &documents.concat()), ("policies.cedar", POLICIES)]).await?;
    Ok(())
}
