//! One gRPC message each way: five bytes before it, the status after it.

use bytes::{BufMut, Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use prost::Message;
use sekisho_gateway::DecisionAnswer;

const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// The statuses of gRPC that are used here.
#[derive(Debug, Clone, Copy)]
pub(super) enum Status {
    InvalidArgument = 3,
    PermissionDenied = 7,
    Unauthenticated = 16,
}

/// The one message of a request, uncompressed and whole.
pub(super) fn message<M: Message + Default>(body: &Bytes) -> Option<M> {
    let (prefix, message) = body.split_first_chunk::<5>()?;
    let [compressed, length @ ..] = *prefix;
    let whole = usize::try_from(u32::from_be_bytes(length)).ok()? == message.len();
    if compressed == 0 && whole { M::decode(message).ok() } else { None }
}

/// A message as an answer.
pub(super) fn answer(message: &impl Message) -> DecisionAnswer {
    let length = message.encoded_len();
    let mut body = BytesMut::with_capacity(length + 5);
    body.put_u8(0);
    body.put_u32(u32::try_from(length).unwrap_or_default());
    body.extend_from_slice(&message.encode_to_vec());
    let mut trailers = HeaderMap::new();
    trailers.insert(STATUS, HeaderValue::from_static("0"));
    DecisionAnswer { response: response(body.freeze()), trailers: Some(trailers) }
}

/// A call that came to nothing: the status is in the head and nothing follows.
pub(super) fn fault(status: Status, message: &'static str) -> DecisionAnswer {
    let mut response = response(Bytes::new());
    response.headers_mut().insert(STATUS, HeaderValue::from(status as u16));
    response.headers_mut().insert(MESSAGE, HeaderValue::from_static(message));
    DecisionAnswer { response, trailers: None }
}

fn response(body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envoy::messages::CheckRequest;

    #[test]
    fn one_whole_message_is_read_and_nothing_else() {
        assert!(message::<CheckRequest>(&Bytes::from_static(&[0, 0, 0, 0, 0])).is_some());
        for wrong in
            [&[][..], &[0, 0, 0, 0], &[1, 0, 0, 0, 0], &[0, 0, 0, 0, 1], &[0, 0, 0, 0, 0, 0], &[0, 0, 0, 0, 1, 255]]
        {
            assert!(message::<CheckRequest>(&Bytes::copy_from_slice(wrong)).is_none(), "{wrong:?}");
        }
    }
}
