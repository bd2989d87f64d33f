//! Why a request head or body cannot be read in exactly one way. What ends here never reaches
//! routing.

use http::StatusCode;

/// A rule of HTTP that the bytes break, or leave open to two readings. Nothing is repaired: see invariant I-6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Malformed {
    /// A line does not end in CR LF, or a CR or LF stands alone.
    #[error("a line of the head does not end in CR LF")]
    LineEnd,
    /// The request line is not `METHOD SP TARGET SP VERSION`.
    #[error("the request line is not a method, a target and a version, separated by one space each")]
    RequestLine,
    /// The method is not one that the application is known to have.
    #[error("the method is not one that this gateway serves")]
    Method,
    /// A field asks for another method than can be decided, or than the application takes.
    #[error("a field asks for another method, and this application takes no such method or no such field")]
    MethodOverride,
    /// A `COPY` or `MOVE` leads to another host, outside of the application, or to two places.
    #[error("the destination is not one path of this application")]
    Destination,
    /// `CONNECT`: there is no tunnel here.
    #[error("CONNECT is not served here")]
    Connect,
    /// The version is neither HTTP/1.1 nor HTTP/1.0.
    #[error("the version is not HTTP/1.1")]
    Version,
    /// The head is longer than the limit.
    #[error("the head is too long")]
    HeadTooLong,
    /// There are more fields than the limit.
    #[error("the head has too many fields")]
    TooManyFields,
    /// The target is longer than the limit.
    #[error("the target is too long")]
    TargetTooLong,
    /// The target is not a path, or an absolute URL of this very host.
    #[error("the target is not a path")]
    TargetForm,
    /// The scheme is not the connection's.
    #[error("the scheme is not that of the connection")]
    Scheme,
    /// The target holds a byte that URLs do not have: control, space, fragment, non-ASCII, …
    #[error("the target holds a byte that a URL may not hold unencoded")]
    TargetByte,
    /// A percent sign is not followed by two hexadecimal digits.
    #[error("the target holds a percent sign that is not followed by two hexadecimal digits")]
    PercentEncoding,
    /// An encoded control character.
    #[error("the path holds an encoded control character")]
    EncodedControl,
    /// A segment that some server reads as `.` or `..`.
    #[error("the path has a segment that some servers read as `.` or `..`")]
    DotSegment,
    /// A field line has no colon, an empty name, white space around the name, or a folded line.
    #[error("a field line is not `name: value`")]
    FieldLine,
    /// A field name has a character outside letters, digits and hyphens.
    #[error("a field name has a character other than letters, digits and hyphens")]
    FieldName,
    /// A field value has a control character, or a byte above 0x7e in a field that frames or routes.
    #[error("a field value has a control character, or a byte that is not ASCII where only ASCII may stand")]
    FieldValue,
    /// There is no Host (or `:authority`).
    #[error("the host is missing")]
    HostMissing,
    /// There is more than one Host, or Host, `:authority` and target disagree.
    #[error("the host is given twice or in two ways")]
    HostAmbiguous,
    /// The host is not a host name with an optional port.
    #[error("the host is not a host name")]
    HostForm,
    /// The host is an IP address: resources have names.
    #[error("the host is an address, and resources have names")]
    HostIsAddress,
    /// A field that may occur once occurs more often.
    #[error("a field that may occur only once is repeated")]
    RepeatedField,
    /// Content-Length is not one plain decimal number.
    #[error("Content-Length is not one plain decimal number")]
    ContentLength,
    /// Transfer-Encoding is not exactly one `chunked`, or does not belong in this version.
    #[error("Transfer-Encoding is not exactly `chunked`")]
    TransferEncoding,
    /// Both Content-Length and Transfer-Encoding.
    #[error("the body's length is given in two ways")]
    TwoLengths,
    /// A Connection field names a field that is not for the next hop to drop, or has a broken list.
    #[error("Connection names a field that it may not remove")]
    Connection,
    /// A field that only HTTP/1 connections have, in HTTP/2.
    #[error("the request carries a connection field that HTTP/2 does not have")]
    ConnectionField,
    /// Expect is something other than one `100-continue`.
    #[error("Expect is not `100-continue`")]
    Expect,
    /// An Upgrade to WebSocket that breaks RFC 6455.
    #[error("the WebSocket handshake is not complete")]
    WebSocket,
    /// A WebSocket asked for by a page of another origin.
    #[error("a page of another origin may not open this WebSocket")]
    ForeignOrigin,
    /// Cookie fields longer than the limit.
    #[error("the cookies are too long")]
    CookiesTooLong,
    /// The chunked body breaks its grammar.
    #[error("the chunked body is not well formed")]
    Chunk,
    /// An enforcement point that is not ours does not say exactly once what was asked for.
    #[error("the enforcement point does not say exactly once what was asked for, in the fields of its kind")]
    Claim,
    /// A field claims another method, path or host than the request has.
    #[error("a field claims another method, path or host than the request has")]
    ForeignClaim,
    /// The request came to an enforcement point without TLS.
    #[error("the request came to the enforcement point without TLS")]
    NotSecure,
    /// The fields after the body have one that only a head has.
    #[error("the fields after the body have one that only a head has")]
    Trailers,
    /// The body ended before its length.
    #[error("the body ended too early")]
    BodyEnd,
}

impl Malformed {
    /// The status that says it best.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Method => StatusCode::NOT_IMPLEMENTED,
            Self::Connect => StatusCode::METHOD_NOT_ALLOWED,
            Self::Version => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            Self::HeadTooLong | Self::TooManyFields | Self::CookiesTooLong => {
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
            }
            Self::TargetTooLong => StatusCode::URI_TOO_LONG,
            Self::Expect => StatusCode::EXPECTATION_FAILED,
            Self::HostIsAddress => StatusCode::MISDIRECTED_REQUEST,
            Self::LineEnd
            | Self::RequestLine
            | Self::TargetForm
            | Self::Scheme
            | Self::TargetByte
            | Self::PercentEncoding
            | Self::EncodedControl
            | Self::DotSegment
            | Self::FieldLine
            | Self::FieldName
            | Self::FieldValue
            | Self::HostMissing
            | Self::HostAmbiguous
            | Self::HostForm
            | Self::RepeatedField
            | Self::ContentLength
            | Self::TransferEncoding
            | Self::TwoLengths
            | Self::Connection
            | Self::ConnectionField
            | Self::WebSocket
            | Self::ForeignOrigin
            | Self::MethodOverride
            | Self::Destination
            | Self::Claim
            | Self::ForeignClaim
            | Self::NotSecure
            | Self::Chunk
            | Self::Trailers
            | Self::BodyEnd => StatusCode::BAD_REQUEST,
        }
    }
}
