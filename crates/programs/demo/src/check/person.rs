//! A person at a browser with a passkey: does what the pages' scripts and the person's hands would do.

use std::net::SocketAddr;

use sekisho_software_passkey::SoftwarePasskey;
use serde_json::{Value, json};

use super::browser::{Answer, Browser, Trouble};
use super::page::Form;
use crate::scene::Scene;

/// A person, their browser and their passkey.
pub(super) struct Person {
    /// The account.
    pub(super) account: &'static str,
    /// The browser.
    pub(super) browser: Browser,
    portal: String,
    passkey: SoftwarePasskey,
}

impl Person {
    /// Somebody who has not done anything yet.
    pub(super) fn new(account: &'static str, portal: &str, browser: Browser) -> Self {
        Self { account, browser, portal: portal.to_owned(), passkey: SoftwarePasskey::default() }
    }

    /// Somebody with a browser of their own, who just made a passkey and is signed in.
    pub(super) async fn newcomer(scene: &Scene, account: &'static str) -> Result<Self, Trouble> {
        let roots = scene.server_roots().map_err(|failure| failure.to_string())?;
        let mut person = Self::new(account, scene.portal(), Browser::new(roots));
        let link = scene.enrolment_link(account).await.map_err(|failure| failure.to_string())?;
        person.enrol(&link).await?;
        Ok(person)
    }

    /// Opens a one-time link and makes a passkey.
    pub(super) async fn enrol(&mut self, link: &str) -> Result<Answer, Trouble> {
        let page = self.browser.open(link).await?;
        self.ceremony(&page, "data-ceremony=\"create\"").await
    }

    /// Signs in at the page that the browser is sent to for an address.
    pub(super) async fn sign_in(&mut self, url: &str) -> Result<Answer, Trouble> {
        let page = self.browser.open(url).await?;
        self.ceremony(&page, "class=\"passkey\"").await
    }

    /// Sets a password with the form of the sign-in methods.
    pub(super) async fn set_password(&mut self, password: &str) -> Result<(), Trouble> {
        let page = self.browser.open(&format!("{}/methods", self.portal)).await?;
        let form =
            Form::find(&page.body, "action=\"/methods/password\"").ok_or("the methods page has no password form")?;
        let token = form.value("csrf").ok_or("the password form has no token")?;
        let url = format!("{}/methods/password", self.portal);
        let answer = self.browser.submit(&url, &[("csrf", &token), ("new", password)]).await?;
        if answer.status.is_success() { Ok(()) } else { Err(format!("the password was refused: {}", answer.status)) }
    }

    /// Signs in with a password alone.
    pub(super) async fn sign_in_with_password(&mut self, password: &str) -> Result<Answer, Trouble> {
        let page = self.browser.open(&format!("{}/sign-in", self.portal)).await?;
        let form = Form::find(&page.body, "class=\"fields\"").ok_or("the sign-in page has no password form")?;
        let action = form.attribute("action").ok_or("the sign-in form has no address")?;
        let token = form.value("csrf").ok_or("the sign-in form has no token")?;
        let fields = [("csrf", token.as_str()), ("user", self.account), ("password", password)];
        let answer = self.browser.submit(&format!("{}{action}", self.portal), &fields).await?;
        match answer.url.path() {
            "/" => Ok(answer),
            elsewhere => Err(format!("a password alone led to {elsewhere} ({})", answer.status)),
        }
    }

    /// Lets the agent prove the device for this session.
    pub(super) async fn prove_device(&mut self, agent: SocketAddr) -> Result<Answer, Trouble> {
        let page = self.browser.open(&format!("{}/devices", self.portal)).await?;
        let form = Form::find(&page.body, "device-proof").ok_or("the devices page offers no proof")?;
        let (challenge, answer) = (form.attribute("data-challenge"), form.attribute("data-answer"));
        let (challenge, answer) = challenge.zip(answer).ok_or("the proof form has no address")?;
        let token = form.value("csrf").ok_or("the proof form has no token")?;
        let asked = self.browser.post_json(&format!("{}{challenge}", self.portal), &token, &json!({})).await?;
        let signed = super::agent::ask(agent, &self.portal, &asked.json()).await?;
        let done = self.browser.post_json(&format!("{}{answer}", self.portal), &token, &signed).await?;
        let next = done.json().get("location").and_then(Value::as_str).unwrap_or("/").to_owned();
        self.browser.open(&super::browser::absolute(&done.url, &next)).await
    }

    /// Signs out.
    pub(super) async fn sign_out(&mut self) -> Result<Answer, Trouble> {
        let page = self.browser.open(&format!("{}/", self.portal)).await?;
        let form = Form::find(&page.body, "action=\"/sign-out\"").ok_or("the page has no sign-out form")?;
        let token = form.value("csrf").ok_or("the sign-out form has no token")?;
        self.browser.submit(&format!("{}/sign-out", self.portal), &[("csrf", &token)]).await
    }

    /// What the passkey script does with the page's form: start, ask the authenticator, finish, go on.
    async fn ceremony(&mut self, page: &Answer, marker: &str) -> Result<Answer, Trouble> {
        let form = Form::find(&page.body, marker)
            .ok_or_else(|| format!("{} ({}) offers no passkey", page.url, page.status))?;
        let (start, finish) = form.attribute("data-start").zip(form.attribute("data-finish")).ok_or("no address")?;
        let token = form.value("csrf").ok_or("the passkey form has no token")?;
        let begun = self.browser.post_json(&format!("{}{start}", self.portal), &token, &json!({})).await?.json();
        let options = begun.get("options").ok_or("no passkey options")?;
        let credential = match form.attribute("data-ceremony").as_deref() {
            Some("create") => self.passkey.create(options, &self.portal),
            _ => self.passkey.assert(options, &self.portal),
        };
        let response = credential.map_err(|error| error.to_string())?;
        let body = json!({ "state": begun.get("state"), "response": response, "name": "check" });
        let done = self.browser.post_json(&format!("{}{finish}", self.portal), &token, &body).await?;
        let next = done.json().get("location").and_then(Value::as_str).unwrap_or("/").to_owned();
        self.browser.open(&super::browser::absolute(&done.url, &next)).await
    }
}
