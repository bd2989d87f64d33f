//! The authority's listener: the resources of RFC 8555, section 7, over TLS.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::book::Book;
use super::conduct::{Conduct, Refusal};
use super::issuing::Issuing;
use super::message::{Message, with, wrong};
use super::proof::{ask, proves};
use crate::Trouble;

/// How long something may take to happen on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running authority. It ends with its runtime.
#[derive(Debug)]
pub struct AcmeServer {
    shared: Arc<Shared>,
    trust: PathBuf,
}

struct Shared {
    base: String,
    book: Mutex<Book>,
    issuing: Issuing,
    /// Where hosts are proven.
    platform: SocketAddr,
    /// Changes with everything that happens.
    happened: watch::Sender<u64>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shared({})", self.base)
    }
}

impl AcmeServer {
    /// Starts one that looks for hosts at that port of this machine. Its certificate is written to a file in `folder`.
    pub async fn start(platform: u16, folder: &Path, conduct: Conduct) -> Result<Self, Trouble> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(Trouble::during("a port"))?;
        let port = listener.local_addr().map_err(Trouble::during("a port"))?.port();
        let issuing = Issuing::new()?;
        let trust = folder.join("acme-authority.pem");
        std::fs::write(&trust, issuing.pem()).map_err(Trouble::during(trust.display()))?;
        let acceptor = TlsAcceptor::from(Arc::new(issuing.listener()?));
        let (happened, _) = watch::channel(0);
        let shared = Arc::new(Shared {
            base: format!("https://localhost:{port}"),
            book: Mutex::new(Book { conduct, ..Book::default() }),
            issuing,
            platform: SocketAddr::from((Ipv4Addr::LOCALHOST, platform)),
            happened,
        });
        tokio::spawn(accept(listener, acceptor, shared.clone()));
        Ok(Self { shared, trust })
    }

    /// The address of its directory.
    #[must_use]
    pub fn directory(&self) -> String {
        format!("{}/directory", self.shared.base)
    }

    /// The file with its certificate.
    #[must_use]
    pub fn trust(&self) -> &Path {
        &self.trust
    }

    /// Changes how it behaves.
    pub fn conduct(&self, change: impl FnOnce(&mut Conduct)) {
        change(&mut self.shared.book().conduct);
    }

    /// Forgets every account.
    pub fn forget_accounts(&self) {
        self.shared.book().accounts.clear();
    }

    /// How many accounts there are.
    #[must_use]
    pub fn accounts(&self) -> usize {
        self.shared.book().accounts.len()
    }

    /// The hosts of the orders so far, each with the certificate that it was to replace.
    #[must_use]
    pub fn orders(&self) -> Vec<(String, Option<String>)> {
        self.shared.book().orders.iter().map(|order| (order.host.clone(), order.replaces.clone())).collect()
    }

    /// How many certificates were issued for a host.
    #[must_use]
    pub fn issued(&self, host: &str) -> usize {
        self.shared.book().orders.iter().filter(|order| order.host == host && order.pem.is_some()).count()
    }

    /// What clients did wrong.
    #[must_use]
    pub fn wrongs(&self) -> Vec<String> {
        self.shared.book().wrongs.clone()
    }

    /// Why hosts were not proven, so far.
    #[must_use]
    pub fn unproven(&self) -> Vec<String> {
        self.shared.book().orders.iter().filter_map(|order| order.problem.clone()).collect()
    }

    /// Waits until something is so.
    pub async fn sees(&self, what: &str, is_so: impl Fn(&Self) -> bool) -> Result<(), Trouble> {
        let mut happened = self.shared.happened.subscribe();
        let seen = tokio::time::timeout(PATIENCE, happened.wait_for(|_| is_so(self))).await;
        match seen {
            Ok(Ok(_)) => Ok(()),
            _ => Err(Trouble::new(format!("the ACME authority did not see {what}: {:?}", self.shared.book()))),
        }
    }
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        if !shared.book().conduct.is_down {
            tokio::spawn(serve(stream, acceptor.clone(), shared.clone()));
        }
        shared.happened.send_modify(|number| *number += 1);
    }
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let service = service_fn(|request| {
        let shared = shared.clone();
        async move { Ok::<_, std::convert::Infallible>(answer(&shared, request).await) }
    });
    // Whoever breaks off wants no answer.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(shared: &Arc<Shared>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let answered = match (parts.method, parts.uri.path()) {
        (Method::GET, "/directory") => Ok(directory(shared)),
        (Method::HEAD, "/nonce") => Ok(Answer::ok(Value::Null)),
        (Method::GET, path) if path.starts_with("/renewal/") => renewal(shared, path),
        (Method::POST, path) => {
            let is_jose = parts.headers.get("content-type").is_some_and(|kind| kind == "application/jose+json");
            let refusal = Refusal { status: 415, kind: "malformed", retry_after: None };
            if is_jose { post(shared, path, &body) } else { Err(refusal) }
        }
        _ => Err(wrong("malformed")),
    };
    let mut book = shared.book();
    let response = match answered {
        Ok(answer) => answer.response(),
        Err(refusal) => {
            let asked_for = book.conduct.refusal.as_ref().is_some_and(|asked| asked.kind == refusal.kind);
            if !asked_for {
                book.wrongs.push(format!("{}: {}", parts.uri, refusal.kind));
            }
            problem(&refusal)
        }
    };
    let nonce = book.nonce();
    drop(book);
    shared.happened.send_modify(|number| *number += 1);
    let mut response = response;
    if let Ok(nonce) = nonce.parse() {
        response.headers_mut().insert("replay-nonce", nonce);
    }
    response
}

/// A good answer.
struct Answer {
    status: StatusCode,
    location: Option<String>,
    retry_after: Option<u32>,
    kind: &'static str,
    body: Vec<u8>,
}

impl Answer {
    fn ok(body: Value) -> Self {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        Self { status: StatusCode::OK, location: None, retry_after: None, kind: "application/json", body }
    }

    fn created(location: String, body: Value) -> Self {
        Self { status: StatusCode::CREATED, location: Some(location), ..Self::ok(body) }
    }

    fn response(self) -> Response<Full<Bytes>> {
        let mut builder = Response::builder().status(self.status).header("content-type", self.kind);
        if let Some(location) = self.location {
            builder = builder.header("location", location);
        }
        if let Some(seconds) = self.retry_after {
            builder = builder.header("retry-after", seconds);
        }
        builder.body(Full::new(Bytes::from(self.body))).unwrap_or_default()
    }
}

fn problem(refusal: &Refusal) -> Response<Full<Bytes>> {
    let kind = format!("urn:ietf:params:acme:error:{}", refusal.kind);
    let body =
        json!({ "type": kind, "detail": "so the test wants it, or the client is wrong", "status": refusal.status });
    let mut builder = Response::builder().status(refusal.status).header("content-type", "application/problem+json");
    if let Some(retry_after) = &refusal.retry_after {
        builder = builder.header("retry-after", retry_after);
    }
    builder.body(Full::new(Bytes::from(body.to_string()))).unwrap_or_default()
}

fn directory(shared: &Shared) -> Answer {
    let base = &shared.base;
    let body = json!({
        "newNonce": format!("{base}/nonce"),
        "newAccount": format!("{base}/account"),
        "newOrder": format!("{base}/order"),
        "revokeCert": format!("{base}/revoke"),
        "keyChange": format!("{base}/key"),
        "meta": { "termsOfService": format!("{base}/terms") },
    });
    let suggests = shared.book().conduct.hurries.is_some();
    Answer::ok(with(body, "renewalInfo", suggests.then(|| json!(format!("{base}/renewal")))))
}

fn post(shared: &Arc<Shared>, path: &str, body: &[u8]) -> Result<Answer, Refusal> {
    let message = Message::read(body)?;
    let url = format!("{}{path}", shared.base);
    let mut book = shared.book();
    let account = book.check(&message, &url)?;
    let base = &shared.base;
    let (resource, number) = path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_matches('/'), ""));
    let number = number.parse::<usize>();
    let content = !message.payload.is_empty();
    match (resource, number, account) {
        ("account", Err(_), None) => {
            let number = book.new_account(&message)?;
            Ok(Answer::created(format!("{base}/account/{number}"), json!({ "status": "valid" })))
        }
        ("account", Ok(number), Some(account)) if number == account => Ok(Answer::ok(json!({ "status": "valid" }))),
        ("order", Err(_), Some(account)) => {
            let number = book.new_order(account, &message)?;
            Ok(Answer::created(format!("{base}/order/{number}"), book.order_json(base, number)))
        }
        ("order", Ok(number), Some(account)) if !content => {
            book.order(account, number)?;
            Ok(Answer::ok(book.order_json(base, number)))
        }
        ("authorization", Ok(number), Some(account)) if !content => {
            book.order(account, number)?;
            Ok(Answer::ok(book.authorization_json(base, number)))
        }
        ("challenge", Ok(number), Some(account)) if message.payload == b"{}" => {
            let order = book.order(account, number)?;
            if order.status == "pending" {
                order.status = "processing";
                tokio::spawn(prove(shared.clone(), number));
            }
            Ok(Answer::ok(book.challenge_json(base, number)))
        }
        ("finalize", Ok(number), Some(account)) => {
            finalize(shared, &mut book, (account, number), &message)?;
            Ok(Answer::ok(book.order_json(base, number)))
        }
        ("certificate", Ok(number), Some(account)) if !content => {
            let pem = book.order(account, number)?.pem.clone().ok_or_else(|| wrong("malformed"))?;
            let kind = "application/pem-certificate-chain";
            Ok(Answer { kind, body: pem.into_bytes(), ..Answer::ok(Value::Null) })
        }
        _ => Err(wrong("malformed")),
    }
}

fn finalize(
    shared: &Shared,
    book: &mut Book,
    (account, number): (usize, usize),
    message: &Message,
) -> Result<(), Refusal> {
    let csr = Book::csr(message)?;
    let key = book.accounts.get(account).cloned().ok_or_else(|| wrong("accountDoesNotExist"))?;
    let wanted = (book.conduct.life, book.conduct.chain);
    let order = book.order(account, number)?;
    if order.status != "ready" {
        return Err(Refusal { status: 403, kind: "orderNotReady", retry_after: None });
    }
    order.pem = Some(shared.issuing.sign(&csr, &order.host, &key, wanted)?);
    order.status = "valid";
    Ok(())
}

/// Asks the platform whether it shows what only the account's owner knows.
async fn prove(shared: Arc<Shared>, number: usize) {
    let (host, token, looks_at, thumbprint) = {
        let book = shared.book();
        let Some(order) = book.orders.get(number) else { return };
        let key = book.accounts.get(order.account).map(|key| key.thumbprint.clone()).unwrap_or_default();
        (order.host.clone(), order.token.clone(), book.conduct.looks_at.clone(), key)
    };
    let digest = digest(&SHA256, format!("{token}.{thumbprint}").as_bytes());
    let shown = ask(shared.platform, looks_at.as_ref().unwrap_or(&host), &[b"acme-tls/1"]).await;
    let proven = shown.and_then(|certificate| proves(&certificate, &host, digest.as_ref()));
    let mut book = shared.book();
    if let Some(order) = book.orders.get_mut(number) {
        order.problem = proven.err().map(|trouble| trouble.to_string());
        order.status = if order.problem.is_none() { "ready" } else { "invalid" };
    }
    drop(book);
    shared.happened.send_modify(|number| *number += 1);
}

/// When a certificate is to be renewed (RFC 9773, section 4.2).
fn renewal(shared: &Shared, path: &str) -> Result<Answer, Refusal> {
    let serial = path.rsplit('.').next().and_then(|serial| URL_SAFE_NO_PAD.decode(serial).ok());
    let serial = serial.ok_or_else(|| wrong("malformed"))?;
    let book = shared.book();
    let is_it = |pem: &String| serial_of(pem).is_some_and(|of| of == serial);
    let order = book.orders.iter().find(|order| order.pem.as_ref().is_some_and(is_it));
    let order = order.ok_or_else(|| wrong("malformed"))?;
    let now = OffsetDateTime::now_utc();
    let days = if order.hurries { -2 } else { 30 };
    let at = |days: i64| (now + time::Duration::days(days)).format(&Rfc3339).unwrap_or_default();
    let body = json!({ "suggestedWindow": { "start": at(days), "end": at(days + 1) } });
    Ok(Answer { retry_after: Some(21_600), ..Answer::ok(body) })
}

fn serial_of(pem: &str) -> Option<Vec<u8>> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok()?;
    let certificate = pem.parse_x509().ok()?;
    Some(certificate.tbs_certificate.raw_serial().to_vec())
}
