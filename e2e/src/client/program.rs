//! A program that administers the platform by its REST API, with an API token.

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use serde_json::Value;

use super::Connector;
use crate::Trouble;

/// The host at which programs ask.
const HOST: &str = "portal.localhost";
/// What every path begins with.
const PREFIX: &str = "/api/v1";

/// A program with a token.
#[derive(Debug, Clone)]
pub struct Program {
    connector: Connector,
    token: String,
}

/// What it was told.
#[derive(Debug)]
pub struct Said {
    /// The status.
    pub status: u16,
    /// The fields.
    pub fields: HeaderMap,
    /// The body; null when it is not JSON.
    pub body: Value,
}

impl Program {
    /// One that shows this token.
    #[must_use]
    pub fn with_token(connector: Connector, token: &str) -> Self {
        Self { connector, token: token.to_owned() }
    }

    /// Its token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Asks for a path of the API. Without a body, none is sent.
    pub async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Said, Trouble> {
        self.ask_with(method, path, &[], body).await
    }

    /// The same, with these fields besides.
    pub async fn ask_with(
        &self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Said, Trouble> {
        let request = Request::builder().method(method).uri(format!("{PREFIX}{path}"));
        let request = request.header("Host", format!("{HOST}:{}", self.connector.port()));
        let request = request.header("Authorization", format!("Bearer {}", self.token));
        let request = fields.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = match body {
            Some(_) => request.header("Content-Type", "application/json"),
            None => request,
        };
        let body = Bytes::from(body.map(ToString::to_string).unwrap_or_default());
        let request = request.body(Full::new(body)).map_err(Trouble::during(path))?;
        let (head, body) = self.connector.keep(HOST).await?.send(request).await?.into_parts();
        let body = body.collect().await.map_err(Trouble::during(path))?.to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Ok(Said { status: head.status.as_u16(), fields: head.headers, body })
    }
}

impl Said {
    /// The title of the problem that it is.
    #[must_use]
    pub fn title(&self) -> &str {
        self.body.get("title").and_then(Value::as_str).unwrap_or_default()
    }
}
