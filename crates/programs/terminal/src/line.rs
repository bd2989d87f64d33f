//! One HTTP/2 connection to the terminals' host.

use bytes::{Bytes, BytesMut};
use h2::RecvStream;
use h2::client::SendRequest;
use http::header::{AUTHORIZATION, CONTENT_TYPE, PROXY_AUTHORIZATION, USER_AGENT};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::said::{Cut, Denial, plain};
use crate::{TerminalError, Tunnel};

/// No answer of ours is longer.
const MOST: usize = 256 * 1024;
/// What this program calls itself.
const PROGRAM: &str = concat!("sekisho-cli/", env!("CARGO_PKG_VERSION"));

/// A connection to the terminals' host. Clones share it.
#[derive(Clone)]
pub struct Line {
    send: SendRequest<Bytes>,
    authority: String,
}

impl Line {
    pub(crate) const fn new(send: SendRequest<Bytes>, authority: String) -> Self {
        Self { send, authority }
    }

    /// Whether it still takes requests.
    pub async fn is_open(&self) -> bool {
        self.send.clone().ready().await.is_ok()
    }

    /// How many tunnels the gateway lets it carry at once.
    pub(crate) fn most_tunnels(&self) -> usize {
        self.send.current_max_send_streams()
    }

    /// Opens a tunnel to a resource.
    ///
    /// # Errors
    /// [`TerminalError::Denied`] with reasons and remedies when it is not permitted.
    pub async fn tunnel(&self, resource: &str, credential: &str) -> Result<Tunnel, TerminalError> {
        let wrong = |why: &dyn std::fmt::Display| TerminalError::Unexpected(format!("`{resource}`: {why}"));
        let uri = Uri::builder().authority(resource).build().map_err(|e| wrong(&e))?;
        let request = Request::builder()
            .method(Method::CONNECT)
            .uri(uri)
            .header(PROXY_AUTHORIZATION, bearer(credential)?)
            .header(USER_AGENT, PROGRAM)
            .body(())
            .map_err(|e| wrong(&e))?;
        let mut send = self.send.clone().ready().await?;
        let (response, to_gateway) = send.send_request(request, false)?;
        let (parts, from_gateway) = response.await?.into_parts();
        let id = parts.headers.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        if parts.status != StatusCode::OK {
            let problem = serde_json::from_slice(&read(from_gateway).await?).unwrap_or(Value::Null);
            let mut denial = Denial::read(&problem, parts.status, id);
            if denial.is_of_an_unknown_name() {
                denial.services = self.services(credential).await;
            }
            return Err(TerminalError::Denied(Box::new(denial)));
        }
        Ok(Tunnel { line: self.clone(), id, to_gateway, from_gateway })
    }

    /// The services that may be connected to; `None` when the host does not say.
    async fn services(&self, credential: &str) -> Option<Vec<String>> {
        let (status, said) = self.exchange(Method::GET, "/services", Some(credential), None).await.ok()?;
        let names = said.get("services")?.as_array()?.iter().filter_map(Value::as_str).map(plain);
        (status == StatusCode::OK).then(|| names.collect())
    }

    /// Why a tunnel of this connection was cut, if it was.
    pub(crate) async fn why_cut(&self, id: &str) -> Option<Cut> {
        let (status, said) = self.exchange(Method::GET, &format!("/.sekisho/tunnels/{id}"), None, None).await.ok()?;
        if status == StatusCode::OK { Cut::read(&said) } else { None }
    }

    /// One request with a form, one answer in JSON.
    pub(crate) async fn exchange(
        &self,
        method: Method,
        path: &str,
        credential: Option<&str>,
        form: Option<&[(&str, &str)]>,
    ) -> Result<(StatusCode, Value), TerminalError> {
        let wrong = |why: http::Error| TerminalError::Unexpected(why.to_string());
        let mut request = Request::builder()
            .method(method)
            .uri(format!("https://{}{path}", self.authority))
            .header(USER_AGENT, PROGRAM);
        if let Some(credential) = credential {
            request = request.header(AUTHORIZATION, bearer(credential)?);
        }
        if form.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let mut send = self.send.clone().ready().await?;
        let (response, mut body) = send.send_request(request.body(()).map_err(wrong)?, form.is_none())?;
        if let Some(form) = form {
            body.send_data(Bytes::from(encode(form)), true)?;
        }
        let (parts, body) = response.await?.into_parts();
        let bytes = read(body).await?;
        Ok((parts.status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    }
}

fn bearer(credential: &str) -> Result<HeaderValue, TerminalError> {
    let text = Zeroizing::new(format!("Bearer {credential}"));
    let mut value = HeaderValue::try_from(text.as_str()).map_err(|e| TerminalError::Unexpected(e.to_string()))?;
    value.set_sensitive(true);
    Ok(value)
}

async fn read(mut body: RecvStream) -> Result<Bytes, TerminalError> {
    let mut bytes = BytesMut::new();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        if bytes.len() + data.len() > MOST {
            return Err(TerminalError::Unexpected("it is too long".to_owned()));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}

fn encode(form: &[(&str, &str)]) -> String {
    let encode = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    let fields: Vec<String> = form.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    fields.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_holds_what_was_put_in() {
        assert_eq!(encode(&[("a", "b c&d=e"), ("n", "関")]), "a=b%20c%26d%3De&n=%E9%96%A2");
    }
}
