# コンソールの項目と一覧。
place-applications = アプリケーション
place-fleet = 端末一覧
