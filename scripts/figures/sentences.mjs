const whole = (value) => Math.round(value).toLocaleString('en');
const tenths = (value) => value.toFixed(1);
/** For what is derived: its first digit tells as much as there is to know. Never more than was measured. */
const roughly = (value) => {
  const step = 10 ** Math.floor(Math.log10(value));
  return (Math.floor(value / step) * step).toLocaleString('en');
};
const HALF_A_SECOND = 500_000;

/**
 * By document, each sentence that repeats what was measured, with its figures: # stands for one. `figure` looks up docs/benchmarks.md as
 * read-benchmarks.mjs says.
 */
export function sentences({ figure }) {
  const stream = (row, column) => figure('bench:forward', row, column, '64 streams');
  const reply = (column) => figure('bench:forward', /^coordinator/, column, 'JSON replies, 1 connection');
  const memory = (row, streams) => whole(figure('bench:forward', row, `RSS with ${streams} open streams, MiB`, 'Memory'));
  const dispatch = (quantile) => figure('bench:latency', new RegExp(`^dispatch.*${quantile}$`), 'measured');
  const idle = (what) =>
    Math.max(...['only', 'and watches'].map((end) => figure('bench:fleet-idle', new RegExp(`^${what}.*${end}$`), 'measured')));

  const perToken = stream(/^coordinator/, 'CPU/chunk');
  const agentPerToken = stream(/^coordinator/, 'agent CPU/chunk');
  const proxies = [/^nginx/, /^haproxy/].map((row) => whole(stream(row, 'CPU/chunk')));
  const perReply = reply('CPU/request');
  const idleCpu = whole(idle('CPU of the coordinator'));
  const firstToken = figure('bench:fleet', /^predictive: first token p50 where models exceed VRAM/, 'measured');
  const chaos = [/^failed/, /^silent truncations/].map((row) => whole(figure('bench:chaos', row, 'measured')));
  const chaosRequests = whole(figure('bench:chaos', /^failed/, 'unit'));

  const cpu = [whole(perToken), whole(agentPerToken), ...proxies];
  const dispatched = tenths(dispatch('p50'));
  const open = [memory(/^coordinator/, '1,000'), memory(/^coordinator/, '5,000'), idleCpu];
  const ofLeastConnections = whole(100 * firstToken);

  return {
    'README.md': [
      ['| CPU for a streamed token | # µs, and # µs in the agent | # µs, # µs |', ...cpu],
      ['Adds # ms at the median until Ollama has the request.', dispatched],
      ['1,000 streams open: # MiB. 5,000: # MiB. 1,000 agents at rest: # % of a core.', ...open],
      ['the first token comes in # % of the time that least-connections needs.', ofLeastConnections],
      ['of # requests # failed that had no byte yet, # were cut short silently.', chaosRequests, ...chaos],
    ],
    'README.ja.md': [
      ['| ストリームの 1 トークンあたりの CPU | # µs、エージェントで # µs | # µs、# µs |', ...cpu],
      ['中央値で # ms。', dispatched],
      ['1,000 本のストリームで # MiB、5,000 本で # MiB。待機中のエージェント 1,000 台で 1 コアの # %。', ...open],
      ['最初のトークンまでの時間は、最小接続数方式の # %。', ofLeastConnections],
      ['# 件のうち、まだ 1 バイトも返っていないリクエストの失敗は #、気付かれない途切れは #。', chaosRequests, ...chaos],
    ],
    'docs/capacity.md': [
      [
        '| token that is streamed | # µs | # µs | # tokens/s at half its time: # streams of 50 tokens/s |',
        whole(perToken),
        whole(agentPerToken),
        roughly(HALF_A_SECOND / perToken),
        roughly(HALF_A_SECOND / perToken / 50),
      ],
      [
        '| small answer in one piece | # ms | # ms | # requests/s at half its time |',
        tenths(perReply / 1000),
        tenths(reply('agent CPU/request') / 1000),
        roughly(HALF_A_SECOND / perReply),
      ],
      ['| thousand idle agents | # % of a core, # MiB |', idleCpu, whole(idle('RSS of the coordinator'))],
      ['| thousand open streams | # MiB in all | # MiB |', memory(/^coordinator/, '1,000'), memory(/^its agent/, '1,000')],
      [
        'It adds # ms before Ollama has the request, half of the time; # ms in one of a hundred on that machine.',
        dispatched,
        whole(dispatch('p99')),
      ],
      ['Redis does # µs for a request.', whole(reply('Redis CPU/request'))],
      ['has the first token wait # times as long as `predictive` does', whole(1 / firstToken)],
    ],
  };
}
