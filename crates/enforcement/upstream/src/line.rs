//! One exchange on an open connection, up to the head of the answer.

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, Request, Response};
use hyper::client::conn::http1::SendRequest;
use sekisho_http_server::{BodyFault, Interim, RequestBody};
use tokio::time::timeout;

use crate::body::UpstreamBody;
use crate::endpoint_lease::{EndpointLease, Lease};
use crate::http2::Shared;
use crate::interim_limit::Allowance;
use crate::unanswered::Unanswered;

/// Where a connection for one exchange takes its request.
pub(crate) struct Http1Sender {
    sender: SendRequest<RequestBody>,
    /// What may come before the answer.
    allowance: Allowance,
}

impl Http1Sender {
    pub(crate) const fn new(sender: SendRequest<RequestBody>, allowance: Allowance) -> Self {
        Self { sender, allowance }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Whether it takes another request, once that is known.
    pub(crate) async fn is_ready(&mut self) -> bool {
        self.sender.ready().await.is_ok()
    }
}

/// An open connection.
pub(crate) enum Line {
    /// For one exchange.
    Http1(Http1Sender),
    /// For one of many at once.
    Http2(Rc<Shared>),
}

impl Line {
    /// Sends a request, and waits for the head of the answer.
    pub(crate) async fn send(
        self,
        request: Request<RequestBody>,
        endpoint: EndpointLease,
        patience: Duration,
    ) -> Result<(Response<UpstreamBody>, Lease), Unanswered> {
        let fault = request.body().fault();
        match self {
            Self::Http1(mut sender) => {
                let mut request = request;
                if let Some(interim) = request.extensions_mut().remove::<Interim>() {
                    hyper::ext::on_informational(&mut request, move |response| {
                        interim.tell(response.status(), response.headers());
                    });
                }
                sender.allowance.asked();
                let sent = in_time(sender.sender.try_send_request(request), patience, &fault).await?;
                sender.allowance.answered();
                match sent {
                    Ok(response) if has_two_framings(response.headers()) => {
                        Err(Unanswered::Broken("an answer with Content-Length and Transfer-Encoding".into()))
                    }
                    Ok(response) => Ok((response.map(UpstreamBody::http1), endpoint.lease(Some(sender)))),
                    Err(mut failed) => Err(match failed.take_message() {
                        Some(unsent) => Unanswered::Unsent(Box::new(unsent), failed.into_error().into()),
                        None if failed.error().is_incomplete_message() || is_io(failed.error()) => {
                            Unanswered::Closed(failed.into_error().into())
                        }
                        None => Unanswered::Broken(failed.into_error().into()),
                    }),
                }
            }
            Self::Http2(shared) => {
                let sent = in_time(Box::pin(shared.send(request, endpoint.person())), patience, &fault).await;
                match sent {
                    Ok(answer) => answer.map(|response| (response, endpoint.lease(None))),
                    Err(timed_out) => {
                        // Whether the connection is at fault cannot be known: further exchanges get another.
                        shared.retire();
                        Err(timed_out)
                    }
                }
            }
        }
    }
}

/// Whether an answer says twice where it ends (RFC 9112, 6.3): what is behind it in the connection would be anybody's.
fn has_two_framings(fields: &HeaderMap) -> bool {
    fields.contains_key(TRANSFER_ENCODING) && fields.contains_key(CONTENT_LENGTH)
}

fn is_io(error: &hyper::Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>())
}

/// Waits as long as something of the request moves.
async fn in_time<F: Future>(sending: F, patience: Duration, body: &BodyFault) -> Result<F::Output, Unanswered> {
    let mut sending = pin!(sending);
    loop {
        let moved = body.bytes();
        match timeout(patience, sending.as_mut()).await {
            Ok(sent) => return Ok(sent),
            Err(_) if body.bytes() != moved => {}
            Err(_) => return Err(Unanswered::TimedOut),
        }
    }
}
