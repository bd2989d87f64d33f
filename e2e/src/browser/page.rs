//! One tab: go somewhere, see what is there, click and type.

use std::path::Path;
use std::time::Duration;

use base64::Engine;
use serde_json::{Value, json};
use tokio::sync::broadcast;
use tokio::time::{Instant, timeout_at};

use super::connection::{Connection, Event};
use super::{Authenticator, SocketWatch, keys, script};
use crate::Trouble;

/// How long anything on a page may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// A tab of the browser.
#[derive(Debug, Clone)]
pub struct Page {
    connection: Connection,
    session: String,
}

impl Page {
    pub(super) async fn attach(connection: Connection, session: String) -> Result<Self, Trouble> {
        let page = Self { connection, session };
        for domain in ["Page.enable", "Runtime.enable", "Network.enable"] {
            page.call(domain, json!({})).await?;
        }
        page.call("Page.setLifecycleEventsEnabled", json!({ "enabled": true })).await?;
        Ok(page)
    }

    /// Goes to an address and waits until the page has loaded.
    pub async fn go(&self, url: &str) -> Result<(), Trouble> {
        let mut events = self.events();
        let reply = self.call("Page.navigate", json!({ "url": url })).await?;
        if let Some(error) = reply.get("errorText").and_then(Value::as_str) {
            return Err(Trouble::new(format!("{url}: {error}")));
        }
        let loader = reply.get("loaderId").and_then(Value::as_str).unwrap_or_default();
        self.event(&mut events, &format!("{url} to load"), |e| (loaded(e)? == loader).then_some(())).await
    }

    /// The address of what is shown.
    pub async fn url(&self) -> Result<String, Trouble> {
        Ok(self.evaluate("location.href").await?.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the shown address satisfies the condition, and returns it.
    pub async fn wait_for_url(&self, what: &str, holds: impl Fn(&str) -> bool) -> Result<String, Trouble> {
        let mut events = self.events();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let url = self.url().await.unwrap_or_default();
            if holds(&url) {
                return Ok(url);
            }
            let moved = |e: &Event| (e.method.starts_with("Page.") || e.method.starts_with("Runtime.")).then_some(());
            if self.event_by(&mut events, deadline, moved).await.is_none() {
                return Err(self.stuck(&format!("the address to be {what}; it is {url}")).await);
            }
        }
    }

    /// Waits until an element is there.
    pub async fn wait_for(&self, selector: &str) -> Result<(), Trouble> {
        let expression = format!("!!document.querySelector({})", script::literal(selector));
        self.until(&expression, &format!("`{selector}`")).await.map(drop)
    }

    /// Waits until an element's text holds those words, and returns the whole of it.
    pub async fn wait_for_text(&self, selector: &str, words: &str) -> Result<String, Trouble> {
        let text = script::text_of(selector);
        let expression = format!("{text}?.includes({}) && {text}", script::literal(words));
        let found = self.until(&expression, &format!("`{words}` in `{selector}`")).await?;
        Ok(found.as_str().unwrap_or_default().to_owned())
    }

    /// The text of an element, if it is there.
    pub async fn text(&self, selector: &str) -> Result<Option<String>, Trouble> {
        Ok(self.evaluate(&script::text_of(selector)).await?.as_str().map(str::to_owned))
    }

    /// Clicks the middle of an element, once it is there.
    pub async fn click(&self, selector: &str) -> Result<(), Trouble> {
        let place = self.until(&script::middle_of(selector), &format!("`{selector}` to click on")).await?;
        let (x, y) = (place.get(0).cloned().unwrap_or_default(), place.get(1).cloned().unwrap_or_default());
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event).await?;
        }
        Ok(())
    }

    /// Clicks on something that leads to another page, and waits until that has loaded.
    pub async fn follow(&self, selector: &str) -> Result<(), Trouble> {
        let mut events = self.events();
        let tree = self.call("Page.getFrameTree", json!({})).await?;
        let left = tree.pointer("/frameTree/frame/loaderId").and_then(Value::as_str).unwrap_or_default();
        self.click(selector).await?;
        let another = |e: &Event| (loaded(e)? != left).then_some(());
        self.event(&mut events, &format!("a page after a click on `{selector}`"), another).await
    }

    /// Types into a field, replacing what is there.
    pub async fn fill(&self, selector: &str, text: &str) -> Result<(), Trouble> {
        let expression = format!(
            "(() => {{ const e = document.querySelector({}); if (!e) return null; e.focus(); e.select?.(); return true; }})()",
            script::literal(selector)
        );
        self.until(&expression, &format!("`{selector}` to type into")).await?;
        self.call("Input.insertText", json!({ "text": text })).await.map(drop)
    }

    /// Presses a key where the focus is: `Enter`, `Tab`, …
    pub async fn press(&self, key: &str) -> Result<(), Trouble> {
        for event in keys::press(key) {
            self.call("Input.dispatchKeyEvent", event).await?;
        }
        Ok(())
    }

    /// The value of a JavaScript expression; a promise is waited for.
    pub async fn evaluate(&self, expression: &str) -> Result<Value, Trouble> {
        let question =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true });
        let mut reply = self.call("Runtime.evaluate", question).await?;
        if let Some(exception) = reply.get("exceptionDetails") {
            return Err(Trouble::new(format!("the page's script failed: {exception}")));
        }
        Ok(reply.get_mut("result").and_then(|r| r.get_mut("value")).map(Value::take).unwrap_or_default())
    }

    /// The cookies that the browser would send to an address, as `(name, value)`.
    pub async fn cookies(&self, url: &str) -> Result<Vec<(String, String)>, Trouble> {
        let reply = self.call("Network.getCookies", json!({ "urls": [url] })).await?;
        let field = |cookie: &Value, name| cookie.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let cookies = reply.get("cookies").and_then(Value::as_array).into_iter().flatten();
        Ok(cookies.map(|cookie| (field(cookie, "name"), field(cookie, "value"))).collect())
    }

    /// Gives the browser a cookie, as a sign-in in it would.
    pub async fn give_cookie(&self, url: &str, name: &str, value: &str) -> Result<(), Trouble> {
        let cookie = json!({ "url": url, "name": name, "value": value, "secure": true, "httpOnly": true, "path": "/" });
        self.call("Network.setCookie", cookie).await.map(drop)
    }

    /// Takes every cookie out of the browser whose name begins so, as their expiry would.
    pub async fn forget_cookie(&self, url: &str, name: &str) -> Result<(), Trouble> {
        for (found, _) in self.cookies(url).await? {
            if found.starts_with(name) {
                self.call("Network.deleteCookies", json!({ "url": url, "name": found })).await?;
            }
        }
        Ok(())
    }

    /// Runs no script of the pages that are opened from now on.
    pub async fn without_scripts(&self) -> Result<(), Trouble> {
        self.call("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await.map(drop)
    }

    /// Saves what is shown as a PNG file.
    pub async fn screenshot(&self, path: &Path) -> Result<(), Trouble> {
        let reply =
            self.call("Page.captureScreenshot", json!({ "format": "png", "captureBeyondViewport": true })).await?;
        let data = reply.get("data").and_then(Value::as_str).unwrap_or_default();
        let bytes = base64::engine::general_purpose::STANDARD.decode(data).map_err(Trouble::during("a screenshot"))?;
        tokio::fs::write(path, bytes).await.map_err(Trouble::during(path.display()))
    }

    /// Gives this tab an authenticator that holds passkeys and verifies its user.
    pub async fn authenticator(&self) -> Result<Authenticator, Trouble> {
        Authenticator::add(self.clone()).await
    }

    /// Watches the WebSockets that this tab opens from now on.
    #[must_use]
    pub fn sockets(&self) -> SocketWatch {
        SocketWatch::new(self.clone(), self.events())
    }

    /// Makes the tab as wide and as high as another screen.
    pub async fn resize(&self, width: u16, height: u16) -> Result<(), Trouble> {
        let phone = width < 600;
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone });
        self.call("Emulation.setDeviceMetricsOverride", screen).await.map(drop)
    }

    /// Emulates a preferred language in requests and scripts.
    pub async fn prefer_language(&self, tag: &str) -> Result<(), Trouble> {
        self.call("Network.setExtraHTTPHeaders", json!({ "headers": { "Accept-Language": tag } })).await.map(drop)
    }

    /// Emulates the theme that the person prefers: `light` or `dark`.
    pub async fn prefer_theme(&self, theme: &str) -> Result<(), Trouble> {
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features })).await.map(drop)
    }

    pub(super) async fn call(&self, method: &'static str, params: Value) -> Result<Value, Trouble> {
        self.connection.call(Some(&self.session), method, params).await
    }

    fn events(&self) -> broadcast::Receiver<Event> {
        self.connection.events()
    }

    /// Waits inside the page; a page that is left meanwhile is asked again as the next one.
    async fn until(&self, expression: &str, what: &str) -> Result<Value, Trouble> {
        let mut events = self.events();
        let deadline = Instant::now() + PATIENCE;
        loop {
            match timeout_at(deadline, self.evaluate(&script::until(expression))).await {
                Ok(Ok(found)) => return Ok(found),
                Ok(Err(_)) => {
                    let again = |e: &Event| (e.method == "Runtime.executionContextCreated").then_some(());
                    if self.event_by(&mut events, deadline, again).await.is_some() {
                        continue;
                    }
                }
                Err(_) => {}
            }
            return Err(self.stuck(what).await);
        }
    }

    /// The first event of this tab that the function takes, within the patience.
    pub(super) async fn event<T>(
        &self,
        events: &mut broadcast::Receiver<Event>,
        what: &str,
        take: impl Fn(&Event) -> Option<T>,
    ) -> Result<T, Trouble> {
        match self.event_by(events, Instant::now() + PATIENCE, take).await {
            Some(found) => Ok(found),
            None => Err(self.stuck(what).await),
        }
    }

    async fn event_by<T>(
        &self,
        events: &mut broadcast::Receiver<Event>,
        deadline: Instant,
        take: impl Fn(&Event) -> Option<T>,
    ) -> Option<T> {
        loop {
            match timeout_at(deadline, events.recv()).await {
                Ok(Ok(event)) if event.session == self.session => {
                    if let Some(found) = take(&event) {
                        return Some(found);
                    }
                }
                Ok(Ok(_) | Err(broadcast::error::RecvError::Lagged(_))) => {}
                Ok(Err(broadcast::error::RecvError::Closed)) | Err(_) => return None,
            }
        }
    }

    /// The sentence of a wait that was in vain, with what the page shows instead.
    async fn stuck(&self, what: &str) -> Trouble {
        let shown = "location.href + '\\n' + (document.body?.innerText ?? '').slice(0, 2000)";
        let shown = tokio::time::timeout(Duration::from_secs(2), self.evaluate(shown)).await;
        let shown = shown.ok().and_then(Result::ok).and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
        Trouble::new(format!("waited {} s for {what}. The page shows:\n{shown}", PATIENCE.as_secs()))
    }
}

/// The navigation whose page has loaded.
fn loaded(event: &Event) -> Option<&str> {
    let is_load = event.method == "Page.lifecycleEvent" && event.params.get("name")?.as_str()? == "load";
    if is_load { event.params.get("loaderId")?.as_str() } else { None }
}
