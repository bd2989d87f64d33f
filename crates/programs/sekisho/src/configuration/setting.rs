//! What a setting of the configuration file is: one entry of a table, from which parsing, defaults, checks, the difference on reload,
//! messages and the reference page follow.

use super::Configuration;

/// One setting.
pub(crate) struct Setting {
    /// Its name in the file.
    pub(crate) name: &'static str,
    /// How its value is written.
    pub(crate) form: Form,
    /// The value that counts when the file does not name it.
    pub(crate) default: DefaultValue,
    /// When a changed value takes effect.
    pub(crate) takes: Takes,
    /// What values are accepted.
    pub(crate) range: Range,
    /// What it is for, in English and in Japanese.
    pub(crate) text: (&'static str, &'static str),
    /// Whether two configurations differ in it.
    pub(super) differs: fn(&Configuration, &Configuration) -> bool,
    /// Copies it from the second configuration into the first.
    pub(super) copy: fn(&mut Configuration, &Configuration),
}

/// The value that counts when the file does not name a setting.
pub(crate) enum DefaultValue {
    /// The file must name it.
    Required,
    /// This value, as TOML.
    Value(&'static str),
    /// No value; this is what happens then, in English and in Japanese.
    Unset(&'static str, &'static str),
}

/// The values of a setting that are accepted, beyond its form.
pub(crate) struct Range {
    /// The range as the reference page shows it; empty when every value of the form is accepted.
    pub(crate) shown: &'static str,
    /// Whether the configuration's value is in the range.
    pub(super) holds: fn(&Configuration) -> bool,
    /// What the error says after "must be": the range, and the fix.
    pub(super) must_be: &'static str,
}

/// When a changed value takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// With `sekisho reload`.
    Reload,
    /// With `sekisho upgrade`.
    Upgrade,
    /// When the platform is stopped and started.
    Restart,
    /// Never, for the same data folder.
    Never,
}

impl Takes {
    /// What a reload says of a changed setting that it does not take up.
    pub(crate) const fn hint(self) -> &'static str {
        match self {
            Self::Reload => "takes effect with `sekisho reload`",
            Self::Upgrade => "takes effect with `sekisho upgrade`, or when the platform is stopped and started",
            Self::Restart => "takes effect when the platform is stopped and started",
            Self::Never => {
                "never changes: the ledger, passkeys and enrolled devices are bound to it; set it back, or begin with a new `data` folder"
            }
        }
    }

    /// The same for the reference page, in English and in Japanese.
    pub(crate) const fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::Reload => ("reload", "再読み込み（reload）"),
            Self::Upgrade => ("upgrade or restart", "アップグレード（upgrade）または再起動"),
            Self::Restart => ("restart", "再起動"),
            Self::Never => ("never", "変更不可"),
        }
    }
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A path; a relative one counts from the folder of the configuration file.
    Path,
    /// A DNS domain.
    Domain,
    /// An address and a port.
    Address,
    /// The same, for a listener of plain HTTP that everybody reaches.
    PlainAddress,
    /// The same, for a listener that only this machine should reach.
    LoopbackAddress,
    /// A port.
    Port,
    /// A whole number.
    Number,
    /// A list of names.
    Names,
    /// A length of time.
    Span,
    /// Where documents are stored.
    Store,
    /// Two PEM files.
    Certificate,
    /// A table with fields of its own, described at these links from the guide's folder and from that of the Japanese guide.
    Table((&'static str, &'static str)),
}

impl Form {
    /// The form with an example, in English and in Japanese.
    pub(crate) const fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::Path => ("a path", "パス"),
            Self::Domain => ("a domain, such as `\"example.jp\"`", "ドメイン（例：`\"example.jp\"`）"),
            Self::Address => {
                ("an address and a port, such as `\"0.0.0.0:443\"`", "アドレスとポート（例：`\"0.0.0.0:443\"`）")
            }
            Self::PlainAddress => (
                "an address and a port of its own, such as `\"0.0.0.0:80\"`",
                "他と重ならないアドレスとポート（例：`\"0.0.0.0:80\"`）",
            ),
            Self::LoopbackAddress => (
                "an address and a port of its own, such as `\"127.0.0.1:9464\"`",
                "他と重ならないアドレスとポート（例：`\"127.0.0.1:9464\"`）",
            ),
            Self::Port => ("a port from 1 to 65535, without quotes", "1 から 65535 までのポート（引用符なし）"),
            Self::Number => ("a whole number, without quotes", "整数（引用符なし）"),
            Self::Names => {
                ("a list of names, such as `[\"metrics.example.jp\"]`", "名前の一覧（例：`[\"metrics.example.jp\"]`）")
            }
            Self::Span => (
                "a length of time, such as `\"90s\"`, `\"15m\"` or `\"12h\"`",
                "時間の長さ（例：`\"90s\"`、`\"15m\"`、`\"12h\"`）",
            ),
            Self::Store => (
                "`\"embedded\"` or `{ postgres = \"postgres://user@host/database\" }`",
                "`\"embedded\"` または `{ postgres = \"postgres://user@host/database\" }`",
            ),
            Self::Certificate => (
                "`{ chain = \"chain.pem\", key = \"key.pem\" }`: two PEM files",
                "`{ chain = \"chain.pem\", key = \"key.pem\" }`（PEM ファイル 2 つ）",
            ),
            Self::Table(_) => ("a table", "テーブル"),
        }
    }

    /// The parser's message about a value of another form, with what to write instead: the parser knows types, and no forms.
    pub(super) fn explain(self, said: &str) -> String {
        let is_typed = ["invalid type", "invalid value", "invalid socket"].iter().any(|start| said.starts_with(start));
        match self {
            Self::Store | Self::Certificate => format!("must be {}", self.text().0),
            Self::Domain | Self::Table(_) => said.to_owned(),
            _ if is_typed => format!("{said}: write {}", self.text().0),
            _ => said.to_owned(),
        }
    }
}
