# The texts of the classification of data in Japanese.

place-classification = データ分類
classification-lead = データの種類と、検出された場所を示します。リソースの機密度は、付いているラベルのうち最も高いもので決まります。
classification-change = ラベルの作成と変更
classification-labels = ラベル
classification-label = ラベル
classification-no-labels = ラベルはまだありません。ラベルを作成し、対象のリソースまたは検出する値の種類を指定してください。
classification-parent = 上位のラベル
classification-given-by = 付与の条件
classification-owner = 責任者
classification-scans = スキャン結果
classification-no-scans = データはまだスキャンされていません。「sekisho classification scan」でファイルをスキャンしてください。
classification-source = リソースとデータの場所
classification-found = 検出されたもの
classification-nothing = なし
classification-carries = リソースのラベル
classification-when = スキャン日時
