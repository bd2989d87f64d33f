//! What an upstream says before its answer: early hints (RFC 8297), passed on to a client that goes to a page.

use std::task::{Context, Poll};

use http::header::LINK;
use http::{HeaderMap, StatusCode};
use tokio::sync::mpsc;

/// The most hints of one request that may wait. Further ones are dropped, as hints may be.
const MOST: usize = 8;

/// Takes what an upstream says early.
#[derive(Debug, Clone)]
pub struct Interim(mpsc::Sender<HeaderMap>);

/// Gives it to the client's connection.
#[derive(Debug)]
pub struct Hints(Option<mpsc::Receiver<HeaderMap>>);

impl Interim {
    /// Both ends for a request that wants hints. Programs do not, and cost nothing here.
    #[must_use]
    pub fn wanted(wanted: bool) -> (Option<Self>, Hints) {
        if !wanted {
            return (None, Hints(None));
        }
        let (sender, receiver) = mpsc::channel(MOST);
        (Some(Self(sender)), Hints(Some(receiver)))
    }

    /// Hands a hint on: of its fields only the links, which are what a browser acts upon.
    pub fn tell(&self, status: StatusCode, fields: &HeaderMap) {
        if status != StatusCode::EARLY_HINTS {
            return;
        }
        let mut links = HeaderMap::new();
        for link in fields.get_all(LINK) {
            links.append(LINK, link.clone());
        }
        if !links.is_empty() {
            let _ = self.0.try_send(links);
        }
    }
}

impl Hints {
    /// A hint that came and was not yet given.
    #[must_use]
    pub fn waiting(&mut self) -> Option<HeaderMap> {
        self.0.as_mut().and_then(|receiver| receiver.try_recv().ok())
    }

    /// The next hint; pending for ever when none can come.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<HeaderMap> {
        if let Some(receiver) = &mut self.0 {
            match receiver.poll_recv(context) {
                Poll::Ready(Some(links)) => return Poll::Ready(links),
                Poll::Ready(None) => self.0 = None,
                Poll::Pending => {}
            }
        }
        Poll::Pending
    }
}
