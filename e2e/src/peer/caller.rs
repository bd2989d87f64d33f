//! An application that asks the decision API by itself, with a token.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use serde_json::Value;

use crate::Trouble;
use crate::client::{Connector, Keeping};
use crate::platform::Platform;

/// The decision point's host.
const HOST: &str = "decisions.localhost";

/// How long a new token may take to be known on a busy machine.
const HEARD: Duration = Duration::from_secs(30);

/// A caller.
#[derive(Debug)]
pub struct Caller {
    connector: Connector,
    authorization: Option<String>,
}

/// What a caller was told.
#[derive(Debug)]
pub struct Told {
    /// The status.
    pub status: u16,
    /// The fields.
    pub fields: HeaderMap,
    /// The body; null when it is not JSON.
    pub body: Value,
}

impl Caller {
    /// The enforcement point of that name, with a new token.
    pub async fn with_token(platform: &Platform, point: &str) -> Result<Self, Trouble> {
        let made = platform.command(&["enforcement-point", "token", point]).await?;
        let token =
            made.get("token").and_then(Value::as_str).ok_or_else(|| Trouble::new(format!("no token: {made}")))?;
        let caller = Self { connector: platform.connector()?, authorization: Some(format!("Bearer {token}")) };
        let heard = async {
            // There is no such page, which only a caller is told.
            while caller.get("/none", &[]).await?.status != 404 {
                tokio::task::yield_now().await;
            }
            Ok(())
        };
        let heard = tokio::time::timeout(HEARD, heard).await;
        heard.map_err(|_| Trouble::new(format!("the token of {point} is not heard")))??;
        Ok(caller)
    }

    /// Somebody without any token.
    pub fn nobody(platform: &Platform) -> Result<Self, Trouble> {
        Ok(Self { connector: platform.connector()?, authorization: None })
    }

    /// The same with other words in `Authorization`.
    #[must_use]
    pub fn claiming(&self, authorization: &str) -> Self {
        Self { connector: self.connector.clone(), authorization: Some(authorization.to_owned()) }
    }

    /// Asks with a JSON body, on a connection of its own.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Told, Trouble> {
        self.keep().await?.post(path, body).await
    }

    /// Asks with these fields, on a connection of its own.
    pub async fn get(&self, path: &str, fields: &[(&str, &str)]) -> Result<Told, Trouble> {
        let request = fields.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
        self.keep().await?.send(request, String::new()).await
    }

    /// A connection for many questions, one after the other.
    pub async fn keep(&self) -> Result<Line, Trouble> {
        Ok(Line { keeping: self.connector.keep(HOST).await?, authorization: self.authorization.clone() })
    }
}

/// A caller's connection.
#[derive(Debug)]
pub struct Line {
    keeping: Keeping,
    authorization: Option<String>,
}

impl Line {
    /// Asks with a JSON body.
    pub async fn post(&mut self, path: &str, body: &Value) -> Result<Told, Trouble> {
        let request = Request::post(path).header("Content-Type", "application/json").header("X-Request-ID", "asked-1");
        self.send(request, body.to_string()).await
    }

    async fn send(&mut self, request: http::request::Builder, body: String) -> Result<Told, Trouble> {
        let mut request = request.header("Host", HOST);
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(Trouble::during(HOST))?;
        let (head, body) = self.keeping.send(request).await?.into_parts();
        let body = body.collect().await.map_err(Trouble::during(HOST))?.to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Ok(Told { status: head.status.as_u16(), fields: head.headers, body })
    }
}
