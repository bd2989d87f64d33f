//! A browser without scripts: cookies, forms, and the headers that a browser sends by itself.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, BodyDataStream, Bytes, to_bytes};
use axum::response::Response;
use futures_util::{StreamExt as _, stream};
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, REFERER, SET_COOKIE};
use http::{HeaderMap, Request, StatusCode};
use sekisho_model::{Peer, RequestId};
use sekisho_software_passkey::SoftwarePasskey;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tower::ServiceExt as _;

use crate::place::{self, Place};

pub(crate) struct Browser<'p> {
    place: &'p Place,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) language: &'static str,
    pub(crate) origin: Option<&'static str>,
    pub(crate) referer: Option<&'static str>,
}

/// Every request of a run has its own number.
static REQUESTS: AtomicU64 = AtomicU64::new(1);

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |location| location.to_str().unwrap())
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The form token of the page.
    pub(crate) fn token(&self) -> String {
        let (_, rest) = self.text.split_once("name=\"csrf\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

impl<'p> Browser<'p> {
    pub(crate) fn new(place: &'p Place) -> Self {
        Self { place, cookies: BTreeMap::new(), language: "en", origin: Some(place::ORIGIN), referer: None }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends a form with the token of a page.
    pub(crate) async fn post(&mut self, path: &str, token: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = format!("csrf={}", encode(token));
        for (name, value) in fields {
            body.push_str(&format!("&{name}={}", encode(value)));
        }
        self.post_raw(path, "application/x-www-form-urlencoded", body).await
    }

    pub(crate) async fn post_raw(&mut self, path: &str, kind: &str, body: String) -> Answer {
        let mut request = Request::post(path).header(CONTENT_TYPE, kind);
        if let Some(origin) = self.origin {
            request = request.header(ORIGIN, origin);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Sends a form with the token of a page, and holds its end back until `meanwhile` is done. The answer must not come before.
    pub(crate) async fn post_slowly(&mut self, path: &str, token: &str, meanwhile: impl Future<Output = ()>) -> Answer {
        let form = format!("csrf={}", encode(token));
        let (start, end) = form.split_at(form.len() / 2);
        let (start, end) = (Bytes::from(start.to_owned()), Bytes::from(end.to_owned()));
        let (asked, is_asked) = oneshot::channel();
        let (release, is_released) = oneshot::channel();
        let start = stream::once(async { Ok::<_, Infallible>(start) });
        let end = stream::once(async move {
            asked.send(()).unwrap();
            is_released.await.unwrap();
            Ok(end)
        });
        let request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.header(ORIGIN, place::ORIGIN).body(Body::from_stream(start.chain(end))).unwrap();
        let held = async {
            is_asked.await.unwrap();
            meanwhile.await;
            release.send(()).unwrap();
        };
        tokio::join!(self.send(request), held).0
    }

    /// Sends what one of our scripts sends.
    pub(crate) async fn script(&mut self, path: &str, token: &str, body: &Value) -> Answer {
        let mut request = Request::post(path).header(CONTENT_TYPE, "application/json").header("x-csrf-token", token);
        if let Some(origin) = self.origin {
            request = request.header(ORIGIN, origin);
        }
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn send(&mut self, request: Request<Body>) -> Answer {
        let (head, body) = self.answered(request).await.into_parts();
        let text = String::from_utf8(to_bytes(body, 10_000_000).await.unwrap().to_vec()).unwrap();
        Answer { status: head.status, headers: head.headers, text }
    }

    /// Opens an answer that goes on.
    pub(crate) async fn open(&mut self, path: &str) -> BodyDataStream {
        let response = self.answered(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "private, no-store");
        response.into_body().into_data_stream()
    }

    async fn answered(&mut self, mut request: Request<Body>) -> Response {
        let request_id = RequestId::new(format!("request-{}", REQUESTS.fetch_add(1, Ordering::SeqCst)));
        request.extensions_mut().insert(Peer { address: place::address(), device: None, request: request_id });
        request.headers_mut().insert(ACCEPT_LANGUAGE, self.language.parse().unwrap());
        if let Some(referer) = self.referer {
            request.headers_mut().insert(REFERER, referer.parse().unwrap());
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.headers_mut().insert(COOKIE, pairs.join("; ").parse().unwrap());
        }
        let response = self.place.router.clone().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            match cookie.contains("Max-Age=0") {
                true => drop(self.cookies.remove(name)),
                false => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
        response
    }

    /// Signs in with the usual password.
    pub(crate) async fn by_password(&mut self, user: &str) -> Answer {
        let token = self.get("/sign-in").await.token();
        self.post("/sign-in", &token, &[("user", user), ("password", place::PASSWORD)]).await
    }

    /// Signs in with a passkey.
    pub(crate) async fn by_passkey(&mut self, passkey: &mut SoftwarePasskey) -> Answer {
        let token = self.get("/sign-in").await.token();
        self.ceremony("/sign-in/passkey/start", "/sign-in/passkey/finish", &token, passkey).await
    }

    pub(crate) async fn ceremony(
        &mut self,
        start: &str,
        finish: &str,
        token: &str,
        passkey: &mut SoftwarePasskey,
    ) -> Answer {
        let begun = self.script(start, token, &json!({})).await;
        assert_eq!(begun.status, StatusCode::OK, "{}", begun.text);
        let begun = begun.json();
        let response = passkey.assert(&begun["options"], place::ORIGIN).unwrap();
        self.script(finish, token, &json!({"state": begun["state"], "response": response})).await
    }
}

pub(crate) fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
