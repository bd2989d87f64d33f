//! An OpenID provider as small as the demonstration needs it: it vouches for one subject, asks nobody anything, and keeps nothing.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use sekisho_control_plane::now;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::check::Trouble;
use crate::scene::Scene;

/// Whom it vouches for.
pub(super) const SUBJECT: &str = "248289761001";

struct Provider {
    issuer: String,
    key: EncodingKey,
}

/// Starts it on this machine, with a certificate of the demo's own authority. Returns its issuer; it ends with the demo.
pub(super) async fn start(scene: &Scene) -> Result<String, Trouble> {
    let trouble = |error: &dyn std::fmt::Display| format!("a provider cannot start: {error}");
    let (chain, key) = scene.server_certificate("localhost").map_err(|error| trouble(&error))?;
    let signing = EncodingKey::from_ec_der(key.secret_der());
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
    let acceptor = TlsAcceptor::from(Arc::new(config.map_err(|error| trouble(&error))?));
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| trouble(&error))?;
    let port = listener.local_addr().map_err(|error| trouble(&error))?.port();
    let issuer = format!("https://localhost:{port}");
    let provider = Arc::new(Provider { issuer: issuer.clone(), key: signing });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, provider) = (acceptor.clone(), Arc::clone(&provider));
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = service_fn(move |request| answer(Arc::clone(&provider), request));
                let connection = hyper::server::conn::http1::Builder::new();
                // A client that goes away in the middle is no trouble of the demo's.
                drop(connection.serve_connection(TokioIo::new(stream), service).await);
            });
        }
    });
    Ok(issuer)
}

async fn answer(provider: Arc<Provider>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let query = pairs(request.uri().query().unwrap_or_default());
    let answered = match path.as_str() {
        "/.well-known/openid-configuration" => Some(json_of(&provider.metadata())),
        "/keys" => provider.keys().map(|keys| json_of(&keys)),
        "/auth" => provider.redirect(&query),
        "/token" => {
            let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            provider.token(&pairs(&String::from_utf8_lossy(&body))).map(|token| json_of(&token))
        }
        _ => None,
    };
    Ok(answered.unwrap_or_else(|| status(StatusCode::BAD_REQUEST, Bytes::new())))
}

impl Provider {
    fn metadata(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer);
        json!({ "issuer": self.issuer, "authorization_endpoint": at("/auth"), "token_endpoint": at("/token"),
            "jwks_uri": at("/keys"), "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true })
    }

    fn keys(&self) -> Option<Value> {
        let key = Jwk::from_encoding_key(&self.key, Algorithm::ES256).ok()?;
        Some(json!({ "keys": [key] }))
    }

    /// Sends the browser back at once. The code carries what its token must say, as nothing is kept.
    fn redirect(&self, query: &BTreeMap<String, String>) -> Option<Response<Full<Bytes>>> {
        let code = URL_SAFE_NO_PAD.encode(query.get("nonce")?);
        let (back, state) = (query.get("redirect_uri")?, query.get("state")?);
        let location =
            format!("{back}?code={code}&state={state}&iss={}", self.issuer.replace(':', "%3A").replace('/', "%2F"));
        Response::builder().status(StatusCode::FOUND).header("location", location).body(Full::default()).ok()
    }

    fn token(&self, form: &BTreeMap<String, String>) -> Option<Value> {
        let nonce = String::from_utf8(URL_SAFE_NO_PAD.decode(form.get("code")?).ok()?).ok()?;
        let at = now().as_seconds();
        let claims = json!({ "iss": self.issuer, "sub": SUBJECT, "aud": "sekisho", "exp": at + 60, "iat": at,
            "auth_time": at, "nonce": nonce, "groups": ["staff"] });
        let token = encode(&Header::new(Algorithm::ES256), &claims, &self.key).ok()?;
        Some(json!({ "id_token": token, "access_token": "none", "token_type": "Bearer" }))
    }
}

fn json_of(value: &Value) -> Response<Full<Bytes>> {
    status(StatusCode::OK, Bytes::from(value.to_string()))
}

fn status(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response
}

/// The pairs of a query or a form.
fn pairs(text: &str) -> BTreeMap<String, String> {
    let decoded = |text: &str| {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            let escaped = (byte == b'%').then(|| rest.by_ref().take(2).map(char::from).collect::<String>());
            bytes.push(escaped.and_then(|digits| u8::from_str_radix(&digits, 16).ok()).unwrap_or(byte));
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}
