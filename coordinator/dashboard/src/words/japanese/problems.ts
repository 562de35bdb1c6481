/** What is wrong, and events. */
export const PROBLEMS = {
  Events: 'イベント',
  'Nothing has happened yet.': 'まだ何も起きていません。',
  'What is wrong': '問題',
  'Nothing, as far as this page knows.': 'このページで分かる問題はありません。',
  'Redis does not answer.': 'Redis が応答しません。',
  'Requests are served on from memory. Start Redis again: history, jobs and changes wait for it.':
    'リクエストはメモリーから処理を続けています。Redis を起動してください。履歴・ジョブ・変更は復帰を待っています。',
  'No agent is online: requests wait or are refused.': 'オンラインのエージェントがありません。リクエストは待機するか拒否されます。',
  'Start an agent, or look why those below are away.': 'エージェントを起動するか、下のエージェントが不在の理由を確認してください。',
  'Ollama is down on {names}.': '{names} で Ollama が停止しています。',
  'Start Ollama there again and look into its log; the agent finds it by itself.':
    'そのマシンで Ollama を起動し、ログを確認してください。エージェントは自動で見つけます。',
  '{names} went offline.': '{names} がオフラインになりました。',
  'Start the agent there again, or remove it if the machine is gone for good.':
    'そのマシンでエージェントを起動してください。もう使わないマシンなら削除してください。',
  '{names} does not answer the watch.': '{names} が監視に応答しません。',
  'Look whether the machine sleeps, or the network between is slow.':
    'マシンがスリープしていないか、途中のネットワークが遅くないか確認してください。',
  'The memory of {names} is full.': '{names} のメモリーがいっぱいです。',
  'Unload a model there, or use a smaller one: a machine that swaps answers slowly.':
    'モデルをアンロードするか、小さいモデルにしてください。スワップ中のマシンは応答が遅くなります。',
  'A GPU of {names} is hotter than 90 °C.': '{names} の GPU が 90 °C を超えています。',
  'Look at its fans; a hot GPU slows itself down.': 'ファンを確認してください。熱くなった GPU は自分で速度を落とします。',
  '{names} is on no agent that is present.': '{names} を持つエージェントが不在です。',
  'Bring its agent back, or pull it to another one on the page Models.':
    'そのエージェントを復帰させるか、モデルのページで別のエージェントに取得してください。',
  '{names} is not the same on all agents.': '{names} の内容がエージェントによって異なります。',
  'Pull it again where it is old: ollama-coordinator pull, or the page Models.':
    '古いエージェントで取得し直してください (ollama-coordinator pull、またはモデルのページ)。',
  'The agents have different versions of Ollama: {names}.': 'エージェントの Ollama のバージョンが揃っていません: {names}。',
  'Update the older ones: answers and speeds may differ.': '古いほうを更新してください。回答や速度が異なる場合があります。',
  '{failed} of the latest {all} requests failed ({codes}).': '直近 {all} 件のうち {failed} 件が失敗しました ({codes})。',
  'Open the failed ones on the page Requests: each says which agent, and why.':
    'リクエストのページで失敗したものを開いてください。どのエージェントで、なぜ失敗したかが分かります。',
  'More requests wait ({waiting}) than there are slots ({slots}).':
    '待機中のリクエスト ({waiting}) がスロット数 ({slots}) を上回っています。',
  'Add an agent, put the model on more agents, or let more run at once (OLLAMA_NUM_PARALLEL).':
    'エージェントを追加するか、モデルをより多くのエージェントに置くか、同時実行数 (OLLAMA_NUM_PARALLEL) を増やしてください。',
  '{shown} and {more} more': '{shown} ほか {more}',
} as const;
