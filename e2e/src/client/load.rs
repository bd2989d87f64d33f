//! People at work: requests without end over kept and over new connections, each of which must succeed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::connect::Sharing;
use super::{Connector, Keeping};
use crate::Trouble;

/// How long a request may take on a busy machine before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many requests a client over HTTP/2 makes at once.
const AT_ONCE: usize = 8;
/// How often a client that makes a new connection each time asks: one address may open 100 a second.
const NEW_CONNECTION_EVERY: Duration = Duration::from_millis(30);

/// Clients that ask until they are stopped.
#[derive(Debug)]
pub struct Load {
    stop: Arc<AtomicBool>,
    answered: watch::Receiver<u64>,
    clients: JoinSet<Result<Vec<String>, Trouble>>,
}

/// What every client asks for.
#[derive(Debug, Clone)]
struct Wish {
    connector: Connector,
    host: String,
    cookie: String,
    status: u16,
    stop: Arc<AtomicBool>,
    answered: watch::Sender<u64>,
}

impl Load {
    /// Starts so many clients that keep their connection, and so many that make a new one for each request. Every answer
    /// must have that status.
    #[must_use]
    pub fn start(
        connector: &Connector,
        (host, cookie, status): (&str, &str, u16),
        keeping: usize,
        renewing: usize,
    ) -> Self {
        let (stop, (counted, answered)) = (Arc::new(AtomicBool::new(false)), watch::channel(0));
        let mut clients = JoinSet::new();
        for number in 0..keeping + renewing {
            let wish = Wish {
                connector: connector.clone(),
                host: host.to_owned(),
                cookie: cookie.to_owned(),
                status,
                stop: Arc::clone(&stop),
                answered: counted.clone(),
            };
            clients.spawn(wish.ask_on(number < keeping));
        }
        Self { stop, answered, clients }
    }

    /// The same with so many clients that share a connection over HTTP/2 each, with as many requests at once.
    #[must_use]
    pub fn over_http2(connector: &Connector, (host, cookie, status): (&str, &str, u16), clients: usize) -> Self {
        let mut load = Self::start(connector, (host, cookie, status), 0, 0);
        let (counted, answered) = watch::channel(0);
        load.answered = answered;
        for _ in 0..clients {
            let wish = Wish {
                connector: connector.over_http2(),
                host: host.to_owned(),
                cookie: cookie.to_owned(),
                status,
                stop: Arc::clone(&load.stop),
                answered: counted.clone(),
            };
            load.clients.spawn(wish.ask_at_once());
        }
        load
    }

    /// Waits for so many more answers. A client that failed ends the wait.
    pub async fn answers(&mut self, more: u64) -> Result<(), Trouble> {
        let until = *self.answered.borrow() + more;
        tokio::select! {
            Some(ended) = self.clients.join_next() => {
                ended.map_err(Trouble::during("a client"))??;
                Err(Trouble::new("a client ended by itself"))
            }
            reached = self.answered.wait_for(|answered| *answered >= until) => {
                reached.map(drop).map_err(Trouble::during("the clients"))
            }
        }
    }

    /// Stops every client; the identifiers of all requests, if none failed.
    pub async fn stop(mut self) -> Result<Vec<String>, Trouble> {
        self.stop.store(true, Ordering::Release);
        let mut requests = Vec::new();
        while let Some(ended) = self.clients.join_next().await {
            requests.extend(ended.map_err(Trouble::during("a client"))??);
        }
        Ok(requests)
    }
}

impl Wish {
    async fn ask_on(self, keeps: bool) -> Result<Vec<String>, Trouble> {
        let mut kept: Option<Keeping> = None;
        let mut requests = Vec::new();
        let mut pace = tokio::time::interval(NEW_CONNECTION_EVERY);
        while !self.stop.load(Ordering::Acquire) {
            if !keeps {
                pace.tick().await;
            }
            let asked = tokio::time::timeout(PATIENCE, self.ask(kept.take())).await;
            let (connection, last, request) = asked.map_err(|_| Trouble::new("a request was not answered"))??;
            kept = Some(connection).filter(|_| keeps && !last);
            requests.push(request);
        }
        Ok(requests)
    }

    /// Requests over HTTP/2, so many at once, until it is stopped. What was not begun to be served goes to a new connection.
    async fn ask_at_once(self) -> Result<Vec<String>, Trouble> {
        let mut requests = Vec::new();
        let mut shared = self.connector.share(&self.host).await?;
        while !self.stop.load(Ordering::Acquire) {
            let asked = futures_util::future::join_all((0..AT_ONCE).map(|_| self.ask_over(shared.clone())));
            let asked = tokio::time::timeout(PATIENCE, asked).await;
            let asked = asked.map_err(|_| Trouble::new("a request over HTTP/2 was not answered"))?;
            let mut renew = false;
            for answer in asked {
                match answer? {
                    Some(request) => requests.push(request),
                    None => renew = true,
                }
            }
            if renew {
                shared = self.connector.share(&self.host).await?;
            }
        }
        Ok(requests)
    }

    async fn ask_over(&self, mut shared: Sharing) -> Result<Option<String>, Trouble> {
        let url = format!("https://{}:{}/", self.host, self.connector.port());
        let request = Request::get(url).header("Cookie", &self.cookie).body(Full::new(Bytes::new()));
        let Some(response) = shared.send(request.map_err(Trouble::during("a request"))?).await? else {
            return Ok(None);
        };
        self.read(response).await.map(Some)
    }

    /// Reads an answer to its end; the request's identifier.
    async fn read(&self, response: Response<Incoming>) -> Result<String, Trouble> {
        let (status, fields) = (response.status(), response.headers());
        let id = fields.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        let body = response.into_body().collect().await.map_err(Trouble::during("a body"))?.to_bytes();
        if status != self.status {
            return Err(Trouble::new(format!("{status}: {}", String::from_utf8_lossy(&body))));
        }
        self.answered.send_modify(|answered| *answered += 1);
        Ok(id)
    }

    /// One request; the connection, whether it ends with this answer, and the request's identifier.
    async fn ask(&self, kept: Option<Keeping>) -> Result<(Keeping, bool, String), Trouble> {
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.connector.keep(&self.host).await?,
        };
        let authority = format!("{}:{}", self.host, self.connector.port());
        let request = Request::get("/").header("Host", authority).header("Cookie", &self.cookie);
        let request = request.body(Full::new(Bytes::new())).map_err(Trouble::during("a request"))?;
        let response = connection.send(request).await?;
        let last = response.headers().get("connection").is_some_and(|it| it == "close");
        Ok((connection, last, self.read(response).await?))
    }
}
