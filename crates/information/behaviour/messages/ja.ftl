# 行動のページの日本語テキスト。

place-behaviour = 行動
behaviour-lead = ユーザーごとの普段の行動と、普段と異なる行動です。普段と異なる行動があると、そのユーザーのリスクが 1 日間上がります。同じセッションで再認証すると、元に戻ります。
behaviour-person = ユーザー
behaviour-find = 検索
behaviour-nobody = まだ記録がありません。サインインしたユーザーはいません。
behaviour-history = 履歴
behaviour-enough = 十分
behaviour-not-enough = 履歴不足
behaviour-sign-ins = サインイン { $count } 回
behaviour-needed = { $count } 回で十分
behaviour-usual = 普段
behaviour-last = 最後のサインイン
behaviour-unusual = 普段と異なる行動
behaviour-was-usual = 普段：{ $what }。
behaviour-was-seen = 今回：{ $what }。
behaviour-weight = リスク +{ $weight }
behaviour-cut = 先頭の 200 人だけを表示しています。名前で検索してください。
behaviour-files = 位置情報ファイル
behaviour-files-lead = データフォルダーの「places」フォルダーに置いた MMDB ファイルから、アドレスの国とネットワーク番号（ASN）を取得します。
behaviour-no-files = ファイルがありません。国は不明のため、新しい国からのサインインは検出されません。
behaviour-file-failed = 読み取れません（以前の内容が有効です）
