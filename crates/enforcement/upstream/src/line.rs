//! One exchange on an open connection, up to the head of the answer.

use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;

use http::{Request, Response};
use sekisho_http_server::{BodyFault, RequestBody};
use tokio::time::timeout;

use crate::body::UpstreamBody;
use crate::endpoint_lease::{EndpointLease, Lease};
use crate::http1::Connection;
use crate::http2::Shared;
use crate::unanswered::Unanswered;

/// An open connection.
pub(crate) enum Line {
    /// For one exchange.
    Http1(Box<Connection>),
    /// For one of many at once.
    Http2(Rc<Shared>),
}

impl Line {
    /// Sends a request, and waits for the head of the answer.
    pub(crate) async fn send(
        self,
        request: Box<Request<RequestBody>>,
        endpoint: EndpointLease,
        patience: Duration,
    ) -> Result<(Response<UpstreamBody>, Lease), Unanswered> {
        let fault = request.body().fault();
        match self {
            Self::Http1(connection) => {
                let sending = pin!(connection.send(request));
                let answer = in_time(sending, patience, &fault).await??;
                Ok((answer.map(UpstreamBody::http1), endpoint.lease()))
            }
            Self::Http2(shared) => {
                let sent = in_time(Box::pin(shared.send(*request, endpoint.person())).as_mut(), patience, &fault).await;
                match sent {
                    Ok(answer) => answer.map(|response| (response, endpoint.lease())),
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

/// Waits as long as something of the request moves.
///
/// It takes the exchange pinned: a future that holds another by value has room for it twice.
async fn in_time<F: Future>(
    mut sending: Pin<&mut F>,
    patience: Duration,
    body: &BodyFault,
) -> Result<F::Output, Unanswered> {
    loop {
        let moved = body.bytes();
        match timeout(patience, sending.as_mut()).await {
            Ok(sent) => return Ok(sent),
            Err(_) if body.bytes() != moved => {}
            Err(_) => return Err(Unanswered::TimedOut),
        }
    }
}
