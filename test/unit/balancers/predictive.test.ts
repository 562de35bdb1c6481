import predictive from '@ollama-coordinator/balancer-predictive';
import { silentLogger } from '@ollama-coordinator/common';
import type { AgentView, Balancer, Costed, Estimate, QueueFacts, RequestFacts, Runner } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import fc from 'fast-check';
import { agentView, moment } from '../../support/agent-view.js';
import { requestFacts } from '../../support/request-facts.js';

const MODEL = 'llama3:latest';
const NOW_MS = 100_000;
const at = { ...moment(), monotonicMs: NOW_MS };
const known = (mean: number): Estimate => ({ mean, p90: mean, from: 'learned' });

function create(options: object = {}): Balancer {
  const parsed = predictive.options.safeParse(options);
  if (!parsed.success) throw new Error('the options are refused');
  return predictive.create(parsed.data, { log: silentLogger }) as Balancer;
}

function runner(signature: string, over: Partial<Runner> = {}): Runner {
  return { signature, slots: 1, inFlight: 0, state: 'ready', vramBytes: 5e9, warm: new Set(), reloadS: 5, ...over };
}

/** 1,000 prompt and 50 answer tokens a second, 5 s to load, 10 GB; nothing loaded. */
function agent(id: string, over: Partial<AgentView> = {}, speed: { load?: number; prefill?: number; decode?: number } = {}): AgentView {
  const { load = 5, prefill = 1000, decode = 50 } = speed;
  return agentView(id, {
    slots: 1,
    maxRunnerBytes: 10e9,
    models: new Map([MODEL, 'other', 'third'].map((name) => [name, { name, digest: name, sizeBytes: 5e9 }])),
    speed: () => ({ loadS: known(load), prefillTokensPerS: known(prefill), decodeTokensPerS: known(decode) }),
    ...over,
  });
}

/** 1,000 prompt and 100 answer tokens: 1 s and 2 s on such an agent. */
function ask(over: Partial<RequestFacts> = {}): RequestFacts {
  return requestFacts(MODEL, { promptTokens: known(1000), outputTokens: known(100), ...over });
}

function queue(over: Partial<QueueFacts> = {}): QueueFacts {
  return { aheadS: 0, behind: 0, waiting: new Map(), promisedS: new Map(), ...over };
}

function partsOf(view: AgentView, request = ask(), balancer = create()): Record<string, number> {
  const parts = balancer.explain?.(request, view, at) ?? [];
  return Object.fromEntries(
    parts.filter(({ seconds }) => seconds !== 0).map(({ name, seconds }) => [name, Math.round(seconds * 1000) / 1000]),
  );
}

function choice(views: readonly AgentView[], request = ask(), balancer = create()) {
  const candidates = views.map((view): Costed => ({ agent: view, cost: balancer.cost?.(request, view, at) ?? 0, free: true }));
  const chosen = balancer.choose?.(request, candidates, at);
  if (!chosen || 'reject' in chosen) throw new Error('nobody was chosen');
  return chosen;
}

describe('predictive', () => {
  const rows: readonly [string, AgentView, RequestFacts, Record<string, number>][] = [
    ['a loaded and idle runner: prompt and answer', agent('a', { runners: [runner(MODEL)] }), ask(), { prefill: 1, decode: 2 }],
    ['nothing loaded: the load before it', agent('a'), ask(), { load: 5, prefill: 1, decode: 2 }],
    [
      'a load under way: what is left of it',
      agent('a', {
        runners: [runner(MODEL, { state: 'loading', slots: 2, inFlight: 1, readyAtMs: NOW_MS + 2000, idleAtMs: NOW_MS + 9000 })],
      }),
      ask(),
      { load: 2, prefill: 1, decode: 2 },
    ],
    [
      'a full runner: until its next slot is free',
      agent('a', { runners: [runner(MODEL, { inFlight: 1, busyUntilMs: NOW_MS + 4000, idleAtMs: NOW_MS + 4000 })] }),
      ask(),
      { wait: 4, prefill: 1, decode: 2 },
    ],
    [
      'a full runner with others before it in its line',
      agent('a', { runners: [runner(MODEL, { inFlight: 1, busyUntilMs: NOW_MS + 4000, idleAtMs: NOW_MS + 4000 })] }),
      ask({ queue: queue({ aheadS: 6 }) }),
      { wait: 10, prefill: 1, decode: 2 },
    ],
    [
      'what a warm prefix saves, where that was measured',
      agent('a', {
        runners: [runner(MODEL, { warm: new Set(['b1', 'b2']) })],
        speed: () => ({ loadS: known(5), prefillTokensPerS: known(1000), decodeTokensPerS: known(50), warmSaving: 0.9 }),
      }),
      ask({ prefix: ['b1', 'b2', 'b3'], prefixTokens: [300, 800, 950] }),
      { prefill: 0.28, decode: 2 },
    ],
    [
      'all of an earlier prompt that this one goes on with, also what lies behind its last block',
      agent('a', {
        runners: [runner(MODEL, { warm: new Set(['b1', 'b2']), warmBytes: new Map([['b2', 3600]]) })],
        speed: () => ({ loadS: known(5), prefillTokensPerS: known(1000), decodeTokensPerS: known(50), warmSaving: 1 }),
      }),
      ask({ bodyBytes: 4000, prefix: ['b1', 'b2', 'b3'], prefixTokens: [300, 800, 950] }),
      { prefill: 0.1, decode: 2 },
    ],
    [
      'nothing for a warm prefix whose saving nobody measured',
      agent('a', { runners: [runner(MODEL, { warm: new Set(['b1']) })] }),
      ask({ prefix: ['b1'], prefixTokens: [900] }),
      { prefill: 1, decode: 2 },
    ],
    [
      'the reload of an idle model that makes room, as it is wanted',
      agent('a', { runners: [runner('other', { demandPerS: 1 }), runner('third', { demandPerS: 1 })] }),
      ask(),
      { load: 5, eviction: 17.5, prefill: 1, decode: 2 },
    ],
    [
      'little for one that nobody wants',
      agent('a', { runners: [runner('other', { demandPerS: 1 }), runner('third', { demandPerS: 0.0001 })] }),
      ask(),
      { load: 5, eviction: 0.06, prefill: 1, decode: 2 },
    ],
    [
      'a share of it where others behind it use the model too',
      agent('a', { runners: [runner('other', { demandPerS: 1 }), runner('third', { demandPerS: 1 })] }),
      ask({ queue: queue({ behind: 6 }) }),
      { load: 5, eviction: 2.5, prefill: 1, decode: 2 },
    ],
    [
      'the wait until what makes room is idle',
      agent('a', {
        runners: [runner('other', { inFlight: 1, idleAtMs: NOW_MS + 3000 }), runner('third', { inFlight: 1, idleAtMs: NOW_MS + 8000 })],
      }),
      ask({ queue: queue({ promisedS: new Map([['a', 7]]) }) }),
      { wait: 10, load: 5, prefill: 1, decode: 2 },
    ],
    [
      'the reload of the same model with other options, and the eight who come for it in 8 s, and wait for half of that and the reload',
      agent('a', { runners: [runner(`${MODEL};num_ctx=8192`, { demandPerS: 1 })] }),
      ask(),
      { load: 5, eviction: 17.5 + 8 * (4 + 5), prefill: 1, decode: 2 },
    ],
    [
      'as long again as a first byte is late there',
      agent('a', { lateFromMs: NOW_MS - 3000, runners: [runner(MODEL, { slots: 2, inFlight: 1 })], slots: 2 }),
      ask(),
      { wait: 3, prefill: 1, decode: 2 },
    ],
    [
      'the rest of a load of another model that holds up whoever comes',
      agent('a', { heldUpUntilMs: NOW_MS + 6000, runners: [runner(MODEL)] }),
      ask(),
      { wait: 6, prefill: 1, decode: 2 },
    ],
    [
      'such a load once, for who comes for the model that it loads',
      agent('a', {
        heldUpUntilMs: NOW_MS + 6000,
        runners: [runner(MODEL, { slots: 4, inFlight: 2, state: 'loading', readyAtMs: NOW_MS + 6000 })],
        slots: 4,
      }),
      ask(),
      { load: 6, prefill: 1, decode: 2 },
    ],
    ['a suspect agent', agent('a', { suspect: true, runners: [runner(MODEL)] }), ask(), { prefill: 1, decode: 2, 'suspect penalty': 600 }],
  ];
  for (const [what, view, request, expected] of rows) {
    it(`counts ${what}`, () => {
      expect(partsOf(view, request)).to.deep.equal(expected);
    });
  }

  it('counts what a request takes from those beside it', () => {
    const speed = (_model: string, streams: number) => ({
      loadS: known(5),
      prefillTokensPerS: known(1000),
      decodeTokensPerS: known(50 / streams),
    });
    const busy = agent('a', { slots: 4, runners: [runner(MODEL, { slots: 4, inFlight: 2 })], speed });
    expect(partsOf(busy, ask(), create({ crowdingWeight: 1 }))).to.deep.equal({ prefill: 1, decode: 6, 'crowding penalty': 3 });
    expect(partsOf(busy, ask(), create({ crowdingWeight: 0 }))).to.deep.equal({ prefill: 1, decode: 6 });
  });

  it('hopes the best of what nobody measured, within bounds', () => {
    const guess = (mean: number): Estimate => ({ mean, p90: 2 * mean, from: 'prior' });
    const speed = () => ({ loadS: guess(5), prefillTokensPerS: guess(1000), decodeTokensPerS: guess(50) });
    expect(partsOf(agent('a', { speed }), ask(), create({ optimism: 0.5 }))).to.deep.equal({ load: 2.5, prefill: 0.5, decode: 1 });
    const slow = agent('a', { speed, slowness: 4 });
    expect(partsOf(slow, ask(), create({ optimism: 0.5 })), 'where another request is slow').to.deep.equal({
      load: 10,
      prefill: 2,
      decode: 4,
    });
    expect(partsOf(agent('a', { slowness: 4 })), 'where all is measured').to.deep.equal({ load: 5, prefill: 1, decode: 2 });
  });

  it('waits for a strong machine rather than beginning on a weak one, and does not where that takes longer', () => {
    const strong = (endMs: number) =>
      agent('strong', { runners: [runner(MODEL, { inFlight: 1, busyUntilMs: NOW_MS + endMs, idleAtMs: NOW_MS + endMs })] });
    const weak = agent('weak', { runners: [runner(MODEL)] }, { prefill: 100, decode: 10 });
    expect(choice([weak, strong(5000)])).to.include({ agent: 'strong' });
    expect(choice([weak, strong(30_000)])).to.include({ agent: 'weak' });
  });

  it('names the runners that should make room, and says what it predicts', () => {
    const full = agent('lab-2', { runners: [runner('other', { demandPerS: 1 }), runner('third', { demandPerS: 0.001 })] });
    const chosen = choice([full]);
    expect(chosen.evict).to.deep.equal(['third']);
    expect(chosen.why).to.equal('8 s on lab-2: no wait, load 5 s, eviction costs 0.57 s, prefill 1 s, decode 2 s');
    expect(choice([agent('lab-3', { runners: [runner(MODEL)] })]).why).to.equal('3 s on lab-3: no wait, loaded, prefill 1 s, decode 2 s');
  });

  it('has all replicas load a model in the same place, and other models in others', () => {
    const idle = Array.from({ length: 12 }, (_, index) => agent(`agent-${index}`));
    const placeOf = (signature: string, seed: number) => {
      const request = ask({ signature });
      const candidates = idle.map((view): Costed => ({ agent: view, cost: 8, free: true }));
      const chosen = create().choose?.(request, candidates, { ...at, random: moment(seed).random });
      return chosen && 'agent' in chosen ? chosen.agent : '';
    };
    for (const seed of [1, 2, 3]) expect(placeOf('m', seed)).to.equal(placeOf('m', 9));
    expect(new Set(['a', 'b', 'c', 'd', 'e', 'f'].map((signature) => placeOf(signature, 1))).size).to.be.greaterThan(3);
  });

  it('spreads by chance over equals that have the model loaded', () => {
    const equals = ['a', 'b', 'c'].map((id) => agent(id, { runners: [runner(MODEL)] }));
    const counts = new Map<string, number>();
    const random = moment(5).random;
    for (let round = 0; round < 300; round += 1) {
      const balancer = create();
      const candidates = equals.map((view): Costed => ({ agent: view, cost: 3, free: true }));
      const chosen = balancer.choose?.(ask(), candidates, { ...at, random });
      if (chosen && 'agent' in chosen) counts.set(chosen.agent, (counts.get(chosen.agent) ?? 0) + 1);
    }
    for (const id of ['a', 'b', 'c']) expect(counts.get(id)).to.be.within(60, 140);
  });

  it('costs more where more stands in the way', () => {
    const figure = fc.double({ min: 0.01, max: 1000, noNaN: true });
    fc.assert(
      fc.property(fc.record({ load: figure, prefill: figure, decode: figure }), figure, (speed, waitS) => {
        const cost = (runners: readonly Runner[]) => create().cost?.(ask(), agent('a', { runners }, speed), at) ?? 0;
        const busyUntilMs = NOW_MS + 1000 * waitS;
        const loaded = cost([runner(MODEL)]);
        expect(loaded).to.be.greaterThan(0).and.below(Number.POSITIVE_INFINITY);
        expect(cost([runner(MODEL, { inFlight: 1, busyUntilMs, idleAtMs: busyUntilMs })])).to.be.greaterThan(loaded);
        expect(cost([])).to.be.greaterThan(loaded);
        expect(cost([runner('other', { demandPerS: 1 }), runner('third', { demandPerS: 1 })])).to.be.greaterThan(cost([]));
      }),
    );
  });
});
