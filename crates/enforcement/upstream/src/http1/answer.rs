//! An answer as it comes: its head, read strictly, and its body beside what still goes up.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use http::header::UPGRADE;
use http::{Method, Request, Response};
use sekisho_http_server::{Interim, RequestBody};
use sekisho_policy_enforcement::{
    AnswerBody, AnswerFraming, AnswerHead, AnswerPart, AnswerScanner, BrokenAnswer, Question,
};

use super::connection::{Connection, Stopped};
use super::upload::{Upload, write_head};
use crate::body::{Failed, Part};
use crate::io::UpstreamIo;
use crate::unanswered::Unanswered;

/// Bytes of all the heads of one answer, interim ones included. One may send those without end, and every other exchange of the
/// worker would wait.
const MOST_HEADS: usize = 512 * 1024;

/// An answer whose head was read.
pub(crate) struct Http1Answer {
    connection: Box<Connection>,
    body: AnswerBody,
    /// What of the body came with the head.
    ahead: Option<AnswerPart>,
    keeps_alive: bool,
}

/// How far an answer's head was read.
struct Reading {
    scanner: AnswerScanner,
    question: Question,
    /// Bytes of heads that were read.
    bytes: usize,
    interim: Option<Interim>,
}

impl Connection {
    /// Sends a request and waits for the head of its answer. The request's body goes on beside the answer's.
    pub(crate) async fn send(
        mut self: Box<Self>,
        mut request: Box<Request<RequestBody>>,
    ) -> Result<Response<Http1Answer>, Unanswered> {
        let question =
            Question { head: *request.method() == Method::HEAD, upgrade: request.headers().contains_key(UPGRADE) };
        write_head(&request, &mut self.outbox);
        let whole = self.outbox.len();
        let body = std::mem::replace(request.body_mut(), RequestBody::Empty);
        self.upload = Upload::new(body, request.headers());
        let sent = poll_fn(|context| Poll::Ready(self.poll_upload(context))).await;
        match sent {
            Poll::Ready(Err(Stopped::Closed(error))) if self.upload.is_bodiless() && self.outbox.len() == whole => {
                return Err(Unanswered::Unsent(request, error.into()));
            }
            Poll::Ready(Err(Stopped::Body(error))) => return Err(Unanswered::Broken(error)),
            // An upstream that takes no more may have answered.
            Poll::Ready(Err(Stopped::Closed(_))) => self.stop_upload(),
            Poll::Ready(Ok(())) | Poll::Pending => {}
        }
        let interim = request.extensions_mut().remove::<Interim>();
        drop(request);
        let mut reading = Reading { scanner: AnswerScanner::default(), question, bytes: 0, interim };
        let head = poll_fn(|context| self.poll_head(context, &mut reading)).await?;
        self.answer(head)
    }

    fn poll_head(&mut self, context: &mut Context<'_>, reading: &mut Reading) -> Poll<Result<AnswerHead, Unanswered>> {
        if self.is_uploading() {
            match self.poll_upload(context) {
                Poll::Ready(Err(Stopped::Body(error))) => return Poll::Ready(Err(Unanswered::Broken(error))),
                Poll::Ready(Err(Stopped::Closed(_))) => self.stop_upload(),
                Poll::Ready(Ok(())) | Poll::Pending => {}
            }
        }
        loop {
            match reading.next(&mut self.inbox) {
                Ok(Some(head)) => return Poll::Ready(Ok(head)),
                Ok(None) => {}
                Err(broken) => return Poll::Ready(Err(Unanswered::Broken(broken.into()))),
            }
            let silent = reading.bytes == 0 && self.inbox.is_empty();
            match ready!(self.poll_fill(context)) {
                Ok(0) if silent => return Poll::Ready(Err(Unanswered::Closed("the connection ended".into()))),
                Err(error) if silent => return Poll::Ready(Err(Unanswered::Closed(error.into()))),
                Ok(0) | Err(_) => return Poll::Ready(Err(Unanswered::Broken(BrokenAnswer::EndedEarly.into()))),
                Ok(_) => {}
            }
        }
    }

    fn answer(mut self: Box<Self>, head: AnswerHead) -> Result<Response<Http1Answer>, Unanswered> {
        let mut body = AnswerBody::new(head.framing());
        let mut ahead = None;
        if head.framing() == AnswerFraming::Chunked {
            // A body that is broken from its first byte is no answer, and nothing of it was passed on yet.
            let first = body.next(&mut self.inbox).map_err(|broken| Unanswered::Broken(broken.into()))?;
            ahead = Some(first).filter(|first| !matches!(first, AnswerPart::Incomplete | AnswerPart::End));
        }
        let (status, keeps_alive) = (head.status(), head.keeps_alive());
        let mut response = Response::new(Http1Answer { connection: self, body, ahead, keeps_alive });
        *response.status_mut() = status;
        *response.headers_mut() = head.into_fields();
        Ok(response)
    }
}

impl Reading {
    /// The head of the answer, once it is whole. Interim ones are handed on and skipped.
    fn next(&mut self, inbox: &mut bytes::BytesMut) -> Result<Option<AnswerHead>, BrokenAnswer> {
        while let Some(length) = self.scanner.scan(inbox)? {
            self.scanner = AnswerScanner::default();
            self.bytes += length;
            if self.bytes > MOST_HEADS {
                return Err(BrokenAnswer::HeadTooLong);
            }
            let head = AnswerHead::read(&inbox.split_to(length).freeze(), self.question)?;
            if !head.is_interim() {
                return Ok(Some(head));
            }
            if let Some(interim) = &self.interim {
                interim.tell(head.status(), head.fields());
            }
        }
        Ok(None)
    }
}

impl Http1Answer {
    /// The length of the body; `None` when it is not known before its end.
    pub(crate) fn length(&self, written: Option<u64>) -> Option<u64> {
        if self.is_over() { Some(0) } else { written }
    }

    /// Whether nothing of the answer is left.
    pub(crate) const fn is_over(&self) -> bool {
        self.body.is_done() && self.ahead.is_none()
    }

    /// The next part; `None` at the end.
    pub(crate) fn poll_part(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Part, Failed>>> {
        if self.connection.is_uploading() {
            match self.connection.poll_upload(context) {
                Poll::Ready(Err(Stopped::Body(_))) => return Poll::Ready(Some(Err(Failed::Request))),
                Poll::Ready(Err(Stopped::Closed(_))) => self.connection.stop_upload(),
                Poll::Ready(Ok(())) | Poll::Pending => {}
            }
        }
        loop {
            let connection = &mut *self.connection;
            let part = match self.ahead.take() {
                Some(part) => part,
                None => match self.body.next(&mut connection.inbox) {
                    Ok(part) => part,
                    Err(broken) => return Poll::Ready(Some(Err(Failed::Answer(broken)))),
                },
            };
            match part {
                AnswerPart::Data(data) => return Poll::Ready(Some(Ok(Part::Data(data)))),
                AnswerPart::Trailers(fields) => return Poll::Ready(Some(Ok(Part::Trailers(fields)))),
                AnswerPart::End => return Poll::Ready(None),
                AnswerPart::Incomplete => {}
            }
            let Poll::Ready(filled) = connection.poll_fill(context) else {
                connection.rests();
                return Poll::Pending;
            };
            match filled {
                Ok(0) => {
                    if let Err(broken) = self.body.ended() {
                        return Poll::Ready(Some(Err(Failed::Answer(broken))));
                    }
                }
                Ok(_) => {}
                Err(_) => return Poll::Ready(Some(Err(Failed::Answer(BrokenAnswer::EndedEarly)))),
            }
        }
    }

    /// The connection for the next exchange. `None` unless this one ended cleanly on both sides, and nothing stands behind it.
    pub(crate) fn into_connection(self) -> Option<Box<Connection>> {
        let Self { connection, body, ahead, keeps_alive } = self;
        let over = body.is_done() && ahead.is_none() && !connection.is_uploading();
        (keeps_alive && over && !connection.stopped && connection.inbox.is_empty()).then_some(connection)
    }

    /// The connection that stopped to speak HTTP with this answer, and what came behind it.
    pub(crate) fn into_upgraded(self) -> (UpstreamIo, bytes::BytesMut) {
        let Connection { io, inbox, .. } = *self.connection;
        // The buffer that it came in goes with the head that is in it.
        (io, bytes::BytesMut::from(&*inbox))
    }
}
