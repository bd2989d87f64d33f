//! A platform with one application behind it, and the people: one who may use it, one who may not, and one who has not signed in.

use std::path::{Path, PathBuf};

use sekisho_e2e::Trouble;
use sekisho_e2e::browser::{Browser, Page};
use sekisho_e2e::client::Person;
use sekisho_e2e::peer::Relay;
use sekisho_e2e::platform::Platform;

use crate::cookie_proxy::CookieProxy;

/// The application's host.
pub(crate) const HOST: &str = "app.localhost";

const PEOPLE: &str = "[[group]]\nid = \"members\"\nname = \"Members\"\n\
    [[user]]\nid = \"mika\"\nname = \"Mika\"\nemployment = \"staff\"\ngroups = [\"members\"]\n\
    [[user]]\nid = \"oto\"\nname = \"Oto\"\nemployment = \"staff\"\n";
const POLICY: &str = "@id(\"members-use-it\")
permit (principal in Sekisho::Group::\"members\", action, resource)
when { context.session.phishing_resistant };
";

/// Everything running.
pub(crate) struct Scene {
    pub(crate) platform: Platform,
    relay: Relay,
    member: Person,
    outsider: Person,
}

/// How a client program reaches the application as somebody.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    /// The port of the gateway.
    pub(crate) port: u16,
    /// The `Cookie` with their session; empty for somebody who has not signed in.
    pub(crate) cookie: String,
    /// The authority to trust, a PEM file.
    pub(crate) authority: PathBuf,
    /// A proxy that finds the application's host.
    pub(crate) proxy: String,
}

impl Scene {
    /// A platform in front of the application on that port, with the default settings of a resource.
    pub(crate) async fn start(port: u16) -> Result<Self, Trouble> {
        Self::with_upstream(&format!("upstream = \"http://127.0.0.1:{port}\"\n")).await
    }

    /// The same with other words about the upstream.
    pub(crate) async fn with_upstream(upstream: &str) -> Result<Self, Trouble> {
        Self::entered_at("/", upstream).await
    }

    /// The same for an application whose pages lie below a prefix.
    pub(crate) async fn entered_at(path: &str, upstream: &str) -> Result<Self, Trouble> {
        let platform = Platform::start(1).await?;
        let resource = format!(
            "[[resource]]\nid = \"app\"\nname = {{ en = \"App\", ja = \"アプリ\" }}\nhost = \"{HOST}\"\nsensitivity = 1\n{upstream}"
        );
        let documents = [("people.toml", PEOPLE), ("app.toml", &resource), ("app.cedar", POLICY)];
        platform.apply(&documents).await?;
        let relay = Relay::start(platform.port()).await?;
        let (mut member, mut outsider) = (platform.signed_in("mika").await?, platform.signed_in("oto").await?);
        // The hand-over from the portal. Denying comes after it.
        member.open(HOST, path).await?;
        outsider.open(HOST, path).await?.expect(403)?;
        Ok(Self { platform, relay, member, outsider })
    }

    /// As somebody who may use the application.
    pub(crate) fn member(&self) -> Way {
        self.way(&self.member.cookie(HOST))
    }

    /// As somebody who may not.
    pub(crate) fn outsider(&self) -> Way {
        self.way(&self.outsider.cookie(HOST))
    }

    /// As somebody who has not signed in.
    pub(crate) fn stranger(&self) -> Way {
        self.way("")
    }

    /// As that somebody with a tool that sends no cookies: a proxy adds them.
    pub(crate) async fn through_proxy(&self, way: &Way) -> Result<(CookieProxy, Way), Trouble> {
        let proxy = CookieProxy::start(self.platform.connector()?, &way.cookie).await?;
        let way = Way { authority: proxy.certificate(), proxy: proxy.url(), ..way.clone() };
        Ok((proxy, way))
    }

    /// The person who may use the application, at their keyboard.
    pub(crate) fn person(&mut self) -> &mut Person {
        &mut self.member
    }

    /// The person who may not.
    pub(crate) fn other_person(&mut self) -> &mut Person {
        &mut self.outsider
    }

    /// A tab of a browser in which the person who may is signed in, and one of somebody who may not.
    pub(crate) async fn pages(&self, browser: &Browser) -> Result<(Page, Page), Trouble> {
        Ok((self.tab(browser, &self.member()).await?, self.tab(browser, &self.outsider()).await?))
    }

    async fn tab(&self, browser: &Browser, way: &Way) -> Result<Page, Trouble> {
        let page = browser.stranger().await?;
        for cookie in way.cookie.split("; ") {
            let (name, value) = cookie.split_once('=').ok_or_else(|| Trouble::new("no cookie"))?;
            page.give_cookie(&way.url("/"), name, value).await?;
        }
        Ok(page)
    }

    fn way(&self, cookies: &str) -> Way {
        // Those that the application set belong to another browser.
        let own: Vec<&str> = cookies.split("; ").filter(|cookie| cookie.starts_with("__Host-sekisho")).collect();
        let cookie = own.join("; ");
        let authority = self.platform.authority().to_owned();
        Way { port: self.platform.port(), cookie, authority, proxy: self.relay.url() }
    }
}

impl Way {
    /// An address of the application.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{HOST}:{}{path}", self.port)
    }

    /// The port of the proxy.
    pub(crate) fn proxy_port(&self) -> &str {
        self.proxy.rsplit(':').next().unwrap_or_default()
    }

    /// The authority's file as text.
    pub(crate) fn authority(&self) -> String {
        Path::new(&self.authority).display().to_string()
    }
}
