# The texts of events in Japanese.

events = イベント
events-lead = すべての判定、アクセス、切断、サインイン、操作、検出の一覧です。台帳が証拠となり、ここで検索できます。
no-events = イベントはまだありません。
event = イベント
event-class = 種類
event-day = 日付
event-decision-permit = アクセスが許可されました。
event-decision-challenge = より強い、または新しいサインインが求められました。
event-decision-deny = アクセスが拒否されました。
event-access-success = 許可済みの要求に応答しました。
event-access-deny = 先の判定に基づいて、要求が拒否されました。
event-access-failure = 許可済みの要求が失敗しました。
event-stream-end-cut = 開いていた接続が切断されました。
event-stream-end-success = 接続が終了しました。
event-class-2002 = 脆弱性の検出
event-class-2003 = 準拠状況の検出
event-class-2004 = 脅威の検出
event-class-2006 = データの検出
event-class-3002 = 認証
event-class-3003 = 権限の付与
event-class-3004 = 管理
event-class-4001 = ネットワーク
event-class-4002 = 要求
event-class-4003 = 名前の問い合わせ
event-class-6001 = アクセス
event-class-6003 = プラットフォーム
