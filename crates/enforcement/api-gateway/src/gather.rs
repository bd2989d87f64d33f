//! Gathering a body until it is whole, within a limit.

use std::future::poll_fn;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use sekisho_api_schema::Violation;

/// Why a body does not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotGathered {
    /// It is not what the document describes.
    Wrong(Violation),
    /// It broke off: the body itself says why.
    Broken,
}

/// Takes a body to its end. Fields behind it are dropped: what is described is the body.
pub(crate) async fn gather<B>(body: &mut B, limit: usize) -> Result<Bytes, NotGathered>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut whole = BytesMut::new();
    loop {
        let Some(frame) = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await else {
            return Ok(whole.freeze());
        };
        let Ok(data) = frame.map_err(|_| NotGathered::Broken)?.into_data() else { continue };
        // INVARIANT I-48: no more of a body is held than the document lets it have.
        if data.len() > limit.saturating_sub(whole.len()) {
            return Err(NotGathered::Wrong(Violation::too_large(u64::try_from(limit).unwrap_or(u64::MAX))));
        }
        whole.extend_from_slice(&data);
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, Full};
    use sekisho_api_schema::ViolationKind;

    use super::*;

    #[tokio::test]
    async fn i48_a_body_is_gathered_up_to_its_limit_and_not_a_byte_further() {
        let of = |bytes: &'static [u8]| Full::new(Bytes::from_static(bytes)).boxed();
        assert_eq!(gather(&mut of(b"12345"), 5).await, Ok(Bytes::from_static(b"12345")));
        assert_eq!(gather(&mut of(b""), 5).await, Ok(Bytes::new()));
        match gather(&mut of(b"123456"), 5).await {
            Err(NotGathered::Wrong(violation)) => assert_eq!(violation.kind, ViolationKind::TooLarge),
            other => panic!("{other:?}"),
        }
    }
}
