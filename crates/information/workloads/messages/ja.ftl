# ワークロードのページの日本語テキスト。

place-workloads = ワークロード
workloads-lead = ジョブやサービスなど、自身の名義でアクセスするプログラムです。ポリシーは人と同じように判定します。ここで無効化または失効すると、開いている接続はただちに切断されます。
workloads-change = ワークロードの追加・変更
no-workloads = ワークロードはありません。追加すると、プログラムが自身の名義でアプリケーションを利用できます。
workload = ワークロード
workload-state = 状態
workload-owner = 所有者
workload-groups = グループ
workload-trusts = 信頼する発行者
workload-credentials = 資格情報
workload-active = 有効
workload-disabled = 無効
workload-owner-unusable = 所有者のアカウントが無効または削除済み
workload-disable = 無効化
workload-enable = 有効化
workload-credentials-title = 使用中の資格情報
no-workload-credentials = 資格情報を持つワークロードはありません。
workload-credential = 資格情報
workload-credential-origin = 取得方法
workload-token = トークン
workload-certificate = 証明書
workload-issued = 管理者による発行
workload-made = 発行
workload-until = 期限
workload-revoke = 失効
workloads-command = 資格情報は次のコマンドで発行します：
