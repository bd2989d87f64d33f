//! The rules of [`Malformed`] in Japanese.

use crate::Malformed;

impl Malformed {
    /// What is wrong, in Japanese.
    #[must_use]
    pub const fn in_japanese(self) -> &'static str {
        match self {
            Self::LineEnd => "ヘッダーの行が CR LF で終わっていません。",
            Self::RequestLine => "リクエスト行が「メソッド ターゲット バージョン」の形式ではありません。",
            Self::Method => "このメソッドは、このアプリケーションでは使用できません。",
            Self::MethodOverride => "ヘッダーで指定された別のメソッドは、このアプリケーションでは使用できません。",
            Self::Destination => "コピーまたは移動の宛先が、このアプリケーションのパスではありません。",
            Self::Connect => "CONNECT はここでは使用できません。",
            Self::Version => "HTTP のバージョンが 1.1 ではありません。",
            Self::HeadTooLong => "リクエストヘッダーが長すぎます。",
            Self::TooManyFields => "ヘッダーフィールドが多すぎます。",
            Self::TargetTooLong => "URL が長すぎます。",
            Self::TargetForm => "リクエストターゲットがパスではありません。",
            Self::Scheme => "スキームが接続と一致しません。",
            Self::TargetByte => "URL に、エンコードせずに使えない文字があります。",
            Self::PercentEncoding => "URL の「%」の後に 16 進数が 2 桁続いていません。",
            Self::EncodedControl => "パスに、エンコードされた制御文字があります。",
            Self::DotSegment => "パスに、サーバーによっては「.」または「..」と解釈される部分があります。",
            Self::FieldLine => "ヘッダーの行が「名前: 値」の形式ではありません。",
            Self::FieldName => "ヘッダーの名前に、英数字とハイフン以外の文字があります。",
            Self::FieldValue => "ヘッダーの値に制御文字があるか、ASCII に限られる値に別の文字があります。",
            Self::HostMissing => "ホストが指定されていません。",
            Self::HostAmbiguous => "ホストが重複しているか、指定が一致しません。",
            Self::HostForm => "ホストがホスト名ではありません。",
            Self::HostIsAddress => "ホストが IP アドレスです。ホスト名を使用してください。",
            Self::RepeatedField => "一度しか使えないヘッダーが繰り返されています。",
            Self::ContentLength => "Content-Length が一つの 10 進数ではありません。",
            Self::TransferEncoding => "Transfer-Encoding が「chunked」だけではありません。",
            Self::TwoLengths => "本文の長さが二通りに指定されています。",
            Self::Connection => "Connection に、取り除けないヘッダーが指定されています。",
            Self::ConnectionField => "HTTP/2 にない接続用のヘッダーがあります。",
            Self::Expect => "Expect が「100-continue」ではありません。",
            Self::WebSocket => "WebSocket のハンドシェイクが不完全です。",
            Self::ForeignOrigin => "別のオリジンのページから、この WebSocket を開くことはできません。",
            Self::CookiesTooLong => "Cookie が長すぎます。このサイトの Cookie を削除してから、もう一度お試しください。",
            Self::Chunk => "分割された本文の形式が正しくありません。",
            Self::Claim => "実施点からの問い合わせに、必要なヘッダーが一度ずつ含まれていません。",
            Self::ForeignClaim => "ヘッダーが、実際とは別のメソッド、パス、またはホストを示しています。",
            Self::NotSecure => "リクエストが TLS を使わずに実施点へ届きました。",
            Self::Trailers => "本文の後に、ヘッダーにしか使えないフィールドがあります。",
            Self::BodyEnd => "本文が途中で終わりました。",
        }
    }
}
