//! Why bytes are not an answer that everybody reads alike.

use sekisho_model::Text;

/// A rule of HTTP/1 that the bytes of an upstream break, or leave open to two readings. Nothing is repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum BrokenAnswer {
    /// A line does not end in CR LF, or a CR or LF stands alone.
    #[error("a line of its head does not end in CR LF")]
    LineEnd,
    /// The status line is not `HTTP/1.x SP three digits SP reason`.
    #[error("its status line is not a version, three digits and a reason")]
    StatusLine,
    /// The head is longer than the limit, or there are more interim answers than the limit.
    #[error("its head is too long")]
    HeadTooLong,
    /// There are more fields than the limit.
    #[error("its head has too many fields")]
    TooManyFields,
    /// A field line begins with white space: it would go on with the line before (obs-fold).
    #[error("a line of its head is folded")]
    Folded,
    /// A field line has no colon, or its name is empty, no token, or followed by white space.
    #[error("a line of its head is not `name: value`")]
    FieldLine,
    /// A field value holds a control character.
    #[error("a field of its head holds a control character")]
    FieldValue,
    /// Content-Length is not one plain decimal number, given once.
    #[error("its Content-Length is not one plain decimal number, given once")]
    ContentLength,
    /// Transfer-Encoding is not exactly one `chunked`, or does not belong in this version.
    #[error("its Transfer-Encoding is not exactly one `chunked`")]
    TransferEncoding,
    /// Both Content-Length and Transfer-Encoding.
    #[error("it has Content-Length and Transfer-Encoding")]
    TwoLengths,
    /// An interim answer that states the length of a body.
    #[error("an interim answer states the length of a body")]
    InterimBody,
    /// The upstream changes the protocol, and nobody asked for that.
    #[error("it changes the protocol without being asked")]
    Switching,
    /// The chunked body breaks its grammar.
    #[error("its chunked body is not well formed")]
    Chunk,
    /// The fields behind the body break the grammar of fields.
    #[error("the fields behind its body are not well formed")]
    Trailers,
    /// The connection ended before the answer did.
    #[error("it ended too early")]
    EndedEarly,
}

impl BrokenAnswer {
    /// The stable name, for the record and for problem documents.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::LineEnd => "answer-line-end",
            Self::StatusLine => "answer-status-line",
            Self::HeadTooLong => "answer-head-too-long",
            Self::TooManyFields => "answer-too-many-fields",
            Self::Folded => "answer-folded-line",
            Self::FieldLine => "answer-field-line",
            Self::FieldValue => "answer-field-value",
            Self::ContentLength => "answer-content-length",
            Self::TransferEncoding => "answer-transfer-encoding",
            Self::TwoLengths => "answer-two-lengths",
            Self::InterimBody => "answer-interim-body",
            Self::Switching => "answer-switching-unasked",
            Self::Chunk => "answer-chunk",
            Self::Trailers => "answer-trailers",
            Self::EndedEarly => "answer-ended-early",
        }
    }

    /// What people read of it.
    #[must_use]
    pub fn text(self) -> Text {
        Text::new(&format!("The application's answer cannot be passed on: {self}."), self.japanese())
    }

    const fn japanese(self) -> &'static str {
        match self {
            Self::LineEnd => "ヘッダーの行が CR LF で終わっていません。",
            Self::StatusLine => "ステータス行がバージョン、3 桁の数字、理由の形になっていません。",
            Self::HeadTooLong => "ヘッダーが長すぎます。",
            Self::TooManyFields => "ヘッダーのフィールドが多すぎます。",
            Self::Folded => "ヘッダーに折り返された行があります。",
            Self::FieldLine => "ヘッダーに「名前: 値」の形でない行があります。",
            Self::FieldValue => "ヘッダーの値に制御文字が含まれています。",
            Self::ContentLength => "Content-Length が、1 回だけ書かれた 10 進数ではありません。",
            Self::TransferEncoding => "Transfer-Encoding が `chunked` ちょうど 1 つではありません。",
            Self::TwoLengths => "Content-Length と Transfer-Encoding の両方が書かれています。",
            Self::InterimBody => "途中応答（1xx）に本文の長さが書かれています。",
            Self::Switching => "求められていないのにプロトコルを切り替えています。",
            Self::Chunk => "チャンク形式の本文が正しくありません。",
            Self::Trailers => "本文の後のフィールドが正しくありません。",
            Self::EndedEarly => "途中で終わっています。",
        }
    }
}
