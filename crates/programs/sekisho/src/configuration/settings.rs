//! Every setting of the configuration file, declared once.

use std::net::SocketAddr;
use std::path::PathBuf;

use sekisho_model::{Host, Span};
use serde::Deserialize;

use super::setting::{DefaultValue, Form, Range, Setting, Takes};
use super::{AcmeSetting, DnsSetting, SyslogSetting, TracesSetting};

settings! {
    data: PathBuf = [required] {
        form: Form::Path,
        takes: Takes::Restart,
        en: "The folder for database, ledger, keys and the administration socket.",
        ja: "データベース、台帳、鍵、管理ソケットを置くフォルダーです。",
    }
    domain: Host = [required] {
        form: Form::Domain,
        takes: Takes::Never,
        en: "The DNS domain of Sekisho's own hosts: `portal.<domain>`, `devices.<domain>`, `terminal.<domain>`, `decisions.<domain>` and, where a resolver runs, `dns.<domain>`. The ledger, passkeys and enrolled devices are bound to it.",
        ja: "Sekisho 自身のホスト（`portal.<domain>`、`devices.<domain>`、`terminal.<domain>`、`decisions.<domain>`、リゾルバーを動かす場合は `dns.<domain>`）のドメインです。台帳、パスキー、登録済みの端末はこのドメインに結び付けられます。",
    }
    listen: SocketAddr = [value "\"127.0.0.1:8443\""] {
        form: Form::Address,
        takes: Takes::Upgrade,
        en: "The address and port of the gateway.",
        ja: "ゲートウェイのアドレスとポートです。",
    }
    redirect_listen: Option<SocketAddr> = [unset "no listener" "待ち受けなし"] {
        form: Form::PlainAddress,
        takes: Takes::Upgrade,
        range: (
            "",
            |c| c.redirect_listen.is_none_or(|address| {
                address.port() != 0 && address != c.listen && Some(address) != c.operation_listen
            }),
            "an address and port of its own, such as `0.0.0.0:80`"
        ),
        en: "The address and port of plain HTTP. Every request for a host of this platform is redirected to HTTPS (308), others are refused; nothing is served there, no cookie is set, and the access log has lines of refused requests only.",
        ja: "平文 HTTP のアドレスとポートです。このプラットフォームのホストへの要求はすべて HTTPS へ転送し（308）、それ以外は拒否します。ここでは何も提供せず、Cookie も設定しません。アクセスログに残るのは拒否した要求だけです。",
    }
    public_port: Option<u16> = [unset "the port of `listen`" "`listen` のポート"] {
        form: Form::Port,
        takes: Takes::Upgrade,
        en: "The port that browsers see, when something in front of the gateway changes it.",
        ja: "ゲートウェイの手前でポートが変わる場合に、ブラウザーから見えるポートです。",
    }
    store: StoreSetting = [value "\"embedded\""] {
        form: Form::Store,
        takes: Takes::Restart,
        range: (
            "",
            |c| match &c.store {
                StoreSetting::Embedded => true,
                StoreSetting::Postgres(url) => url.starts_with("postgres://") || url.starts_with("postgresql://"),
            },
            "`\"embedded\"` or `{ postgres = \"postgres://user@host/database\" }`"
        ),
        en: "Where documents are stored: SQLite in `data`, or a PostgreSQL server.",
        ja: "文書の保存先です。`data` 内の SQLite、または PostgreSQL サーバーを指定します。",
    }
    master_key_file: Option<PathBuf> = [unset "`master.key` in `data`" "`data` 内の `master.key`"] {
        form: Form::Path,
        takes: Takes::Upgrade,
        en: "The file with the master key, mode 0600. It is made at the first start.",
        ja: "マスターキーのファイルです（モード 0600）。初回の起動時に作成されます。",
    }
    certificate: Option<CertificateFiles> = [unset "issued by the platform's own authority" "プラットフォーム自身の認証局が発行"] {
        form: Form::Certificate,
        takes: Takes::Reload,
        en: "The certificate that browsers see. The key's file has mode 0600, or 0640 for a group that may read it (such as Debian's `ssl-cert`); one that others may read is refused.",
        ja: "ブラウザーに示す証明書です。鍵ファイルのモードは 0600、または読み取りを許すグループ（Debian の `ssl-cert` など）向けに 0640 とします。他のユーザーが読めるファイルは拒否します。",
    }
    acme: Option<AcmeSetting> = [unset "issued by the platform's own authority" "プラットフォーム自身の認証局が発行"] {
        form: Form::Table(("certificates.md#from-an-acme-authority", "certificates.md#acme-認証局から取得する")),
        takes: Takes::Reload,
        en: "The ACME authority that issues the certificates of the portal and of applications.",
        ja: "ポータルとアプリケーションの証明書を発行する ACME 認証局です。",
    }
    workers: Option<usize> = [unset "one for each core" "コアごとに 1 つ"] {
        form: Form::Number,
        takes: Takes::Upgrade,
        range: (
            "1–256",
            |c| c.workers.is_none_or(|workers| (1..=256).contains(&workers)),
            "1 to 256: leave it out for one per core"
        ),
        en: "The number of gateway workers.",
        ja: "ゲートウェイのワーカー数です。",
    }
    shadow_sample: u32 = [value "1000"] {
        form: Form::Number,
        takes: Takes::Reload,
        en: "One decision in this many is also asked of Cedar's own evaluator; 0 turns the check off.",
        ja: "この件数に 1 回、判定を Cedar 自身の評価器でも確認します。0 で無効になります。",
    }
    upstreams_per_session: u32 = [value "256"] {
        form: Form::Number,
        takes: Takes::Reload,
        range: ("≥ 1", |c| c.upstreams_per_session > 0, "at least 1: with 0 nobody reaches anything"),
        en: "The most requests and tunnels of one session that are open at once.",
        ja: "1 つのセッションで同時に開ける要求とトンネルの最大数です。",
    }
    connections: Option<usize> = [unset "half of the open files that the system allows" "システムが許すオープンファイル数の半分"] {
        form: Form::Number,
        takes: Takes::Upgrade,
        range: (
            "≥ 1",
            |c| c.connections != Some(0),
            "1 or more: leave it out for half of the open files that the system allows"
        ),
        en: "The most connections from all clients together. The rest of the open files, and at least a quarter of them, is for connections to resources.",
        ja: "全クライアントからの接続の最大数です。残りのオープンファイル（少なくとも 4 分の 1）はリソースへの接続に使います。",
    }
    connections_per_address: usize = [value "256"] {
        form: Form::Number,
        takes: Takes::Reload,
        range: ("≥ 1", |c| c.connections_per_address > 0, "1 or more: with 0 nobody could connect"),
        en: "The most connections from one address at once. Raise it where a whole office comes from one address.",
        ja: "1 つのアドレスから同時に受け付ける接続の最大数です。事業所全体が 1 つのアドレスから接続する場合は増やしてください。",
    }
    new_connections_per_address: u32 = [value "100"] {
        form: Form::Number,
        takes: Takes::Reload,
        en: "The most new connections from one address in a second, of which ten seconds may be saved up; 0 does not limit them.",
        ja: "1 つのアドレスから 1 秒間に受け付ける新しい接続の最大数です。10 秒分まで繰り越せます。0 で制限なしになります。",
    }
    agent_port: u16 = [value "47443"] {
        form: Form::Port,
        takes: Takes::Upgrade,
        range: ("", |c| c.agent_port > 0, "a fixed port from 1 to 65535: browsers cannot find port 0"),
        en: "The port on 127.0.0.1 where device agents answer the portal's page.",
        ja: "端末エージェントがポータルのページに応答する、127.0.0.1 上のポートです。",
    }
    lease: Span = [value "\"60s\""] {
        form: Form::Span,
        takes: Takes::Reload,
        range: (
            "`1s`–`60m`",
            |c| c.lease >= Span::from_seconds(1) && c.lease <= Span::from_minutes(60),
            "`1s` to `60m`: a longer lease keeps revoked access open"
        ),
        en: "How long decisions may rest on a World that the control plane no longer confirms, counted from when the store was asked. A clock that is put back by more than a minute ends it.",
        ja: "コントロールプレーンが確認できなくなった情報に基づく判定を続けられる時間です。ストアに問い合わせた時点から数えます。時計が 1 分を超えて戻されると終了します。",
    }
    clock_bound: Span = [value "\"10m\""] {
        form: Form::Span,
        takes: Takes::Reload,
        range: (
            "`1m`–`24h`",
            |c| c.clock_bound >= Span::from_minutes(1) && c.clock_bound <= Span::from_minutes(24 * 60),
            "`1m` to `24h`: a larger bound lets a wrong clock end sessions and revive what expired"
        ),
        en: "How far the system's clock may differ from the time that passed since the start, or lie before the last time that was seen. Beyond it decisions go by the time that passed, and `/readyz` is 503 until the clock is right again or `sekisho clock accept` accepts it.",
        ja: "起動後に経過した時間とシステム時計とのずれ、または最後に確認した時刻からの逆行を許容する範囲です。これを超えると、時計が正しくなるか `sekisho clock accept` で承認されるまで、判定は経過時間に基づいて行われ、`/readyz` は 503 を返します。",
    }
    disk_warning: u64 = [value "1024"] {
        form: Form::Number,
        takes: Takes::Reload,
        en: "With fewer free MiB than this on the disk of `data`, `/readyz` says so; 0 turns the warning off.",
        ja: "`data` のディスクの空き容量がこの値（MiB）を下回ると `/readyz` が警告します。0 で無効になります。",
    }
    operation_hosts: Vec<String> = [value "[]"] {
        form: Form::Names,
        takes: Takes::Upgrade,
        en: "The names under which metrics, health and readiness are asked for, besides `localhost` and addresses. Requests for other names are refused.",
        ja: "メトリクス、稼働状態、準備状態の要求に使う名前です（`localhost` とアドレスは常に使えます）。それ以外の名前への要求は拒否します。",
    }
    operation_listen: Option<SocketAddr> = [unset "no listener" "待ち受けなし"] {
        form: Form::LoopbackAddress,
        takes: Takes::Upgrade,
        range: (
            "",
            |c| c.operation_listen.is_none_or(|address| address.port() != 0 && address != c.listen),
            "an address and port of its own, such as `127.0.0.1:9464`"
        ),
        en: "The address and port for metrics, health and readiness.",
        ja: "メトリクス、稼働状態、準備状態を提供するアドレスとポートです。",
    }
    access_log: Option<PathBuf> = [unset "no access log" "アクセスログなし"] {
        form: Form::Path,
        takes: Takes::Upgrade,
        en: "The file that gets a line for each request, or `\"-\"` for standard output.",
        ja: "要求ごとに 1 行を書き込むファイルです。標準出力には `\"-\"` を指定します。",
    }
    traces: Option<TracesSetting> = [unset "no traces" "トレースなし"] {
        form: Form::Table(("operation.md#traces", "operation.md#トレース")),
        takes: Takes::Upgrade,
        en: "The OpenTelemetry collector that gets traces.",
        ja: "トレースの送信先となる OpenTelemetry コレクターです。",
    }
    syslog: Option<SyslogSetting> = [unset "events are not sent" "イベントを送信しない"] {
        form: Form::Table(("events.md#to-a-syslog-server", "events.md#syslog-サーバーへ送る")),
        takes: Takes::Upgrade,
        en: "The syslog server that gets every event, over TLS.",
        ja: "すべてのイベントを TLS で送る syslog サーバーです。",
    }
    dns: Option<DnsSetting> = [unset "no resolver" "リゾルバーなし"] {
        form: Form::Table(("names.md#the-resolver", "names.md#リゾルバー")),
        takes: Takes::Upgrade,
        en: "The resolver: where it is asked over TLS, and the DNS servers that it asks.",
        ja: "リゾルバーです。TLS での待ち受けと、問い合わせ先の DNS サーバーを指定します。",
    }
    drain: Span = [value "\"10m\""] {
        form: Form::Span,
        takes: Takes::Reload,
        range: (
            "`1s`–`24h`",
            |c| c.drain >= Span::from_seconds(1) && c.drain <= Span::from_minutes(24 * 60),
            "`1s` to `24h`: what is open longer after an upgrade is cut"
        ),
        en: "How long open requests and streams may go on in the old process after an upgrade.",
        ja: "アップグレード後、開いている要求やストリームを古いプロセスで続けられる時間です。",
    }
}

/// Where documents are stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum StoreSetting {
    /// SQLite in the data folder.
    Embedded,
    /// A PostgreSQL server: `postgres://user:password@host/database`.
    Postgres(String),
}

/// A certificate chain and its key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertificateFiles {
    /// The chain, leaf first.
    pub chain: PathBuf,
    /// The private key, mode 0600.
    pub key: PathBuf,
}

impl Configuration {
    /// Reads the settings that a text names, and takes the defaults of the others.
    ///
    /// # Errors
    /// What the parser says, or the name of a setting that the text must name.
    pub(super) fn from_toml(text: &str) -> Result<Self, FromToml> {
        let file: Written = toml::from_str(text).map_err(|error| FromToml::Syntax(Box::new(error)))?;
        let defaults = SETTINGS.iter().filter_map(|setting| match setting.default {
            DefaultValue::Value(value) => Some(format!("{} = {value}\n", setting.name)),
            DefaultValue::Required | DefaultValue::Unset(..) => None,
        });
        let defaults = toml::from_str(&defaults.collect::<String>());
        let defaults: Written = defaults.map_err(|error| FromToml::Syntax(Box::new(error)))?;
        Self::complete(file, defaults).map_err(FromToml::Missing)
    }
}

/// Why a text gives no configuration.
#[derive(Debug)]
pub(super) enum FromToml {
    /// It is not TOML, names an unknown setting, or a value has another form.
    Syntax(Box<toml::de::Error>),
    /// It does not name this setting, which has no default.
    Missing(&'static str),
}
