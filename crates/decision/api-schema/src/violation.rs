//! Why a request is not as the document describes it.

use http::StatusCode;
use sekisho_model::Text;

use crate::fault::{Fault, Place};

/// Why a request is not as the document describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What of it.
    pub kind: ViolationKind,
    /// The part of the request and the fix, for people.
    pub text: Text,
}

/// What of a request is not as the document describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViolationKind {
    /// The request is no operation of the API.
    Operation,
    /// A parameter: of the path, the query, the fields or the cookies.
    Parameter,
    /// The body.
    Body,
    /// The body is larger than it may be.
    TooLarge,
    /// The body has a media type or a coding that the operation does not have.
    MediaType,
    /// A body that is not looked into does not say how long it is.
    NoLength,
    /// A WebSocket, of which no OpenAPI document says what it carries.
    WebSocket,
}

impl ViolationKind {
    /// The stable code: in problem documents and in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Operation => "api-operation-unknown",
            Self::Parameter => "api-parameter-wrong",
            Self::Body => "api-body-wrong",
            Self::TooLarge => "api-body-too-large",
            Self::MediaType => "api-media-type-wrong",
            Self::NoLength => "api-body-without-length",
            Self::WebSocket => "api-websocket",
        }
    }

    /// The status of the answer.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Parameter | Self::Body => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NoLength => StatusCode::LENGTH_REQUIRED,
            Self::WebSocket | Self::Operation => StatusCode::FORBIDDEN,
        }
    }
}

impl Violation {
    /// A value that is wrong.
    pub(crate) fn of(kind: ViolationKind, place: &Place, fault: &Fault) -> Self {
        Self { kind, text: fault.text(place) }
    }

    /// A body that is larger than it may be, in bytes.
    #[must_use]
    pub fn too_large(limit: u64) -> Self {
        let english = format!("The body is larger than {limit} bytes: send less.");
        let japanese = format!("本文が {limit} バイトを超えています。小さくしてください。");
        Self { kind: ViolationKind::TooLarge, text: Text::new(&english, &japanese) }
    }

    /// A WebSocket.
    #[must_use]
    pub fn websocket() -> Self {
        Self {
            kind: ViolationKind::WebSocket,
            text: Text::new(
                "The API document does not describe what a WebSocket carries, so none is opened: call an operation.",
                "API 文書は WebSocket の内容を記述していないため、接続できません。操作を呼び出してください。",
            ),
        }
    }

    /// A request that is no operation.
    #[must_use]
    pub fn no_operation() -> Self {
        Self {
            kind: ViolationKind::Operation,
            text: Text::new(
                "The API has no such operation: use one that its document describes.",
                "この API にこの操作はありません。API 文書に記載された操作を使用してください。",
            ),
        }
    }

    pub(crate) fn no_length() -> Self {
        Self {
            kind: ViolationKind::NoLength,
            text: Text::new(
                "The body does not say how long it is: send `Content-Length`.",
                "本文の長さが示されていません。「Content-Length」を付けて送信してください。",
            ),
        }
    }

    pub(crate) fn media_type() -> Self {
        Self {
            kind: ViolationKind::MediaType,
            text: Text::new(
                "The operation does not take a body in this media type or coding: send one that the API names, uncompressed and in UTF-8.",
                "この操作は、このメディアタイプまたは符号化の本文を受け付けません。API が定めるメディアタイプで、圧縮せず UTF-8 で送信してください。",
            ),
        }
    }
}
