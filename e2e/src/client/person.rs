//! A person with a passkey, who follows redirects and fills in forms, as a browser would for them.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use sekisho_software_passkey::SoftwarePasskey;
use serde_json::{Value, json};

use super::connect::Keeping;
use super::cookies::Cookies;
use super::{Answer, Connector, Socket};
use crate::Trouble;
use crate::platform::AgentProcess;

/// How many redirects a person follows.
const REDIRECTS: usize = 10;

/// Somebody at a keyboard.
pub struct Person {
    connector: Connector,
    elsewhere: Vec<Connector>,
    portal: String,
    cookies: Cookies,
    passkey: SoftwarePasskey,
    /// The connection that pages are timed on.
    kept: Option<Keeping>,
}

impl Person {
    /// Somebody who has been nowhere yet, for the portal of that host name.
    #[must_use]
    pub fn new(connector: Connector, portal: &str) -> Self {
        let (cookies, passkey) = (Cookies::default(), SoftwarePasskey::default());
        Self { connector, elsewhere: Vec::new(), portal: portal.to_owned(), cookies, passkey, kept: None }
    }

    /// Goes on at a browser that has been nowhere yet. The sessions of the other one stay.
    pub fn take_another_browser(&mut self) {
        self.cookies = Cookies::default();
    }

    /// Opens a one-time link, makes a passkey and is signed in.
    pub async fn enrol(&mut self, link: &str) -> Result<(), Trouble> {
        let page = self.get(link).await?.expect(200)?;
        let token = page.form_token()?.to_owned();
        let path = path_of(link).to_owned();
        let begun = self.post(&format!("{path}/passkey/start"), &token, &json!({})).await?;
        let options = begun.get("options").unwrap_or(&Value::Null);
        let origin = self.portal_origin();
        let response = self.passkey.create(options, &origin).map_err(Trouble::during("making a passkey"))?;
        let done = json!({ "state": begun.get("state"), "response": response, "name": "test" });
        self.post(&format!("{path}/passkey/finish"), &token, &done).await.map(drop)
    }

    /// Signs in with the passkey.
    pub async fn sign_in(&mut self) -> Result<(), Trouble> {
        let page = self.get(&format!("{}/sign-in", self.portal_origin())).await?.expect(200)?;
        let token = page.form_token()?.to_owned();
        self.authenticate("/sign-in", &token).await
    }

    /// Authenticates again with the passkey, in the session there is.
    pub async fn step_up(&mut self) -> Result<(), Trouble> {
        let token = self.portal("/methods").await?.expect(200)?.form_token()?.to_owned();
        self.authenticate("/step-up", &token).await
    }

    /// Proves that this browser runs on the machine of that agent: the page's script asks the agent, and hands on what it says.
    pub async fn prove_device(&mut self, agent: &AgentProcess) -> Result<Answer, Trouble> {
        let token = self.portal("/devices").await?.expect(200)?.form_token()?.to_owned();
        let challenge = self.post("/device/challenge", &token, &json!({})).await?;
        let proof = agent.sign(&self.portal_origin(), &challenge).await?;
        self.post_for("/device/answer", &token, &proof).await
    }

    async fn authenticate(&mut self, way: &str, token: &str) -> Result<(), Trouble> {
        let begun = self.post(&format!("{way}/passkey/start"), token, &json!({})).await?;
        let options = begun.get("options").unwrap_or(&Value::Null);
        let origin = self.portal_origin();
        let response = self.passkey.assert(options, &origin).map_err(Trouble::during("using the passkey"))?;
        let done = json!({ "state": begun.get("state"), "response": response });
        self.post(&format!("{way}/passkey/finish"), token, &done).await.map(drop)
    }

    /// Also reaches another server, where addresses have its port.
    pub fn reach(&mut self, server: Connector) {
        self.elsewhere.push(server);
    }

    /// Opens an address as a browser does, with the redirects through the portal.
    pub async fn go(&mut self, url: &str) -> Result<Answer, Trouble> {
        self.get(url).await
    }

    /// Asks once, as a browser that opens an address, with these fields besides, and follows no redirect.
    pub async fn ask(&mut self, url: &str, fields: &[(&str, &str)]) -> Result<Answer, Trouble> {
        let request = Request::get(path_of(url)).header("Accept", "text/html").header("Sec-Fetch-Mode", "navigate");
        let request = fields.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(url, request, Bytes::new()).await
    }

    /// Opens an application as a browser does, with the redirects through the portal.
    pub async fn open(&mut self, host: &str, path: &str) -> Result<Answer, Trouble> {
        self.get(&format!("https://{host}:{}{path}", self.connector.port())).await
    }

    /// Opens a page of the portal.
    pub async fn portal(&mut self, path: &str) -> Result<Answer, Trouble> {
        self.get(&format!("{}{path}", self.portal_origin())).await
    }

    /// Opens a page of the portal on a connection that is made before, and says how long it took until the last byte. No redirect is followed.
    pub async fn timed(&mut self, path: &str) -> Result<(Answer, Duration), Trouble> {
        let (host, url) = (self.portal.clone(), format!("{}{path}", self.portal_origin()));
        let mut connection = match self.kept.take() {
            Some(connection) => connection,
            None => self.connector.keep(&host).await?,
        };
        let request = Request::get(path).header("Accept", "text/html").header("Sec-Fetch-Mode", "navigate");
        let request = request.header("Host", url.trim_start_matches("https://").split('/').next().unwrap_or_default());
        let request =
            request.header("Cookie", self.cookie(&host)).body(Full::default()).map_err(Trouble::during(&url))?;
        let began = Instant::now();
        let (head, body) = connection.send(request).await?.into_parts();
        let body = body.collect().await.map_err(Trouble::during(&url))?.to_bytes();
        let took = began.elapsed();
        self.cookies.take(&host, &head.headers);
        self.kept = Some(connection);
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok((Answer { url, status: head.status.as_u16(), headers: head.headers, body }, took))
    }

    /// Sends a form of the portal, as it stands on a page that was opened before, and follows where it leads.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer, Trouble> {
        let url = format!("{}{path}", self.portal_origin());
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::post(path)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Origin", self.portal_origin())
            .header("Sec-Fetch-Site", "same-origin")
            .header("Accept", "text/html");
        let answer = self.send(&url, request, Bytes::from(body.join("&"))).await?;
        match answer.header("location").to_owned() {
            location if location.starts_with('/') => self.portal(&location).await,
            _ => Ok(answer),
        }
    }

    /// Opens a WebSocket of an application.
    pub async fn socket(&self, host: &str, path: &str) -> Result<Socket, Trouble> {
        self.connector.socket(host, path, &self.cookie(host)).await
    }

    /// Puts a cookie into this person's browser that no answer has set.
    pub fn plant_cookie(&mut self, host: &str, name: &str, value: &str) {
        self.cookies.plant(host, name, value);
    }

    /// Removes the cookies of a host from this person's browser, as after its end of a session.
    pub fn forget(&mut self, host: &str) {
        self.cookies.forget(host);
    }

    /// The `Cookie` header that this person's browser would send to a host.
    #[must_use]
    pub fn cookie(&self, host: &str) -> String {
        self.cookies.header(host)
    }

    async fn get(&mut self, url: &str) -> Result<Answer, Trouble> {
        let mut url = url.to_owned();
        for _ in 0..REDIRECTS {
            let request = Request::get(path_of(&url))
                .header("Accept", "text/html")
                .header("Sec-Fetch-Mode", "navigate")
                .header("Sec-Fetch-Site", "none");
            let answer = self.send(&url, request, Bytes::new()).await?;
            match answer.header("location") {
                "" => return Ok(answer),
                // What browsers take for another host.
                location if location.starts_with("//") => url = format!("https:{location}"),
                location if location.starts_with("/./") => {
                    url = format!("{}{}", origin_of(&url), location.replacen("/.", "", 1))
                }
                location if location.starts_with('/') => url = format!("{}{location}", origin_of(&url)),
                location => url = location.to_owned(),
            }
        }
        Err(Trouble::new(format!("more than {REDIRECTS} redirects to {url}")))
    }

    async fn post(&mut self, path: &str, token: &str, body: &Value) -> Result<Value, Trouble> {
        self.post_for(path, token, body).await?.expect(200)?.json()
    }

    /// What the portal answers to a page's script, whatever it is.
    pub async fn post_for(&mut self, path: &str, token: &str, body: &Value) -> Result<Answer, Trouble> {
        let url = format!("{}{path}", self.portal_origin());
        let request = Request::post(path)
            .header("Content-Type", "application/json")
            .header("Origin", self.portal_origin())
            .header("Sec-Fetch-Site", "same-origin")
            .header("x-csrf-token", token);
        self.send(&url, request, Bytes::from(body.to_string())).await
    }

    async fn send(&mut self, url: &str, request: http::request::Builder, body: Bytes) -> Result<Answer, Trouble> {
        let authority = origin_of(url).trim_start_matches("https://");
        let host = authority.split(':').next().unwrap_or_default().to_owned();
        let cookie = self.cookie(&host);
        let mut request = request.header("Host", authority);
        let own = request.headers_ref().is_some_and(|fields| fields.contains_key("cookie"));
        if !cookie.is_empty() && !own {
            request = request.header("Cookie", cookie);
        }
        let request = request.body(Full::new(body)).map_err(Trouble::during(url))?;
        let response = self.connector_to(authority).keep(&host).await?.send(request).await?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(Trouble::during(url))?.to_bytes();
        self.cookies.take(&host, &head.headers);
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer { url: url.to_owned(), status: head.status.as_u16(), headers: head.headers, body })
    }

    fn connector_to(&self, authority: &str) -> &Connector {
        let port = authority.split(':').nth(1).and_then(|port| port.parse().ok()).unwrap_or(443);
        self.elsewhere.iter().find(|server| server.port() == port).unwrap_or(&self.connector)
    }

    fn portal_origin(&self) -> String {
        format!("https://{}:{}", self.portal, self.connector.port())
    }
}

/// `https://host:port` of an address.
fn origin_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(start..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| start + at);
    url.get(..end).unwrap_or(url)
}

/// The path with its query of an address.
fn path_of(url: &str) -> &str {
    match url.get(origin_of(url).len()..) {
        Some(path) if !path.is_empty() => path,
        _ => "/",
    }
}
