# The texts of the example in Japanese.

unowned = 所有者なし
unowned-lead = これらのリソースには責任者がいません。それぞれに所有者を設定してください。
