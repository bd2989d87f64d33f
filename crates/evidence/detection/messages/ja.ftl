# The texts of detection in Japanese.

detection = 検出
detection-lead = イベントに適用する Sigma ルールの一覧です。一致すると記録され、対象のユーザーのリスクが上がります。
detection-problem = ルールが適用されていません：
detection-rule = ルール
detection-level = 重大度
detection-matches = 一致数
detection-last = 最後の一致
detection-findings = 検出結果を表示
detection-level-informational = 情報
detection-level-low = 低
detection-level-medium = 中
detection-level-high = 高
detection-level-critical = 緊急
