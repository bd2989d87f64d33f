//! People at work: requests without end over kept and over new connections, each of which must succeed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Connector, Keeping};
use crate::Trouble;

/// How long a request may take on a busy machine before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(30);

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
        while !self.stop.load(Ordering::Acquire) {
            let asked = tokio::time::timeout(PATIENCE, self.ask(kept.take())).await;
            let (connection, last, request) = asked.map_err(|_| Trouble::new("a request was not answered"))??;
            kept = Some(connection).filter(|_| keeps && !last);
            requests.push(request);
            self.answered.send_modify(|answered| *answered += 1);
        }
        Ok(requests)
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
        let (status, fields) = (response.status(), response.headers());
        let last = fields.get("connection").is_some_and(|it| it == "close");
        let id = fields.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        let body = response.into_body().collect().await.map_err(Trouble::during("a body"))?.to_bytes();
        if status != self.status {
            return Err(Trouble::new(format!("{status}: {}", String::from_utf8_lossy(&body))));
        }
        Ok((connection, last, id))
    }
}
