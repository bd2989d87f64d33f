# The texts of API documents in Japanese.

place-apis = API
apis-lead = リソースの OpenAPI 文書に記載された内容です。API には、文書に記載された操作だけが、記載どおりのパラメーターと本文で届きます。ポリシーでは「context.request.operation」で操作を指定します。
apis-change = API 文書の作成と変更
apis-none = API 文書のあるリソースはまだありません。作成すると、文書に記載のないリクエストはアプリケーションに届く前に拒否されます。
apis-resource = リソース
apis-title = API
apis-count = 操作
apis-limit = 本文の上限（バイト）
apis-state = 状態
apis-in-force = 適用中
apis-closed = 遮断中：このリソースには何も届きません
apis-operations-of = { $resource } の操作
apis-operation = 操作
apis-request = リクエスト
apis-summary = 内容
