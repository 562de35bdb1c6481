import labelFilter from '@ollama-coordinator/balancer-label-filter';
import leastConnections from '@ollama-coordinator/balancer-least-connections';
import roundRobin from '@ollama-coordinator/balancer-round-robin';
import { type Explanation, explanationSchema, seededRandom, silentLogger } from '@ollama-coordinator/common';
import type { Balancer, BalancerManifest } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { createBalancing } from '#coordinator/balancing/create-balancing.js';
import { createEjections } from '#coordinator/balancing/ejection/ejections.js';
import { createManualClock } from '../../../../support/manual-clock.js';
import { requestFacts } from '../../../../support/request-facts.js';
import { anAgent, createScriptedFleet, modelsOnDisk } from '../../../../support/scripted-fleet.js';

const MODEL = 'llama3:latest';
const models = modelsOnDisk(MODEL);
const runner = {
  model: MODEL,
  signature: MODEL,
  digest: '',
  state: 'ready',
  slots: 2,
  in_flight: 0,
  size_bytes: 0,
  vram_bytes: 0,
} as const;

async function create<Options>(manifest: BalancerManifest<Options>, options: object = {}): Promise<Balancer> {
  const parsed = manifest.options.safeParse(options);
  if (!parsed.success) throw new Error(JSON.stringify(parsed.error.issues));
  return manifest.create(parsed.data, { log: silentLogger });
}
type Entry = readonly [name: string, balancer: Balancer, weight?: number];

function setUp(profile: readonly Entry[], ...agents: Parameters<typeof createScriptedFleet>) {
  const clock = createManualClock();
  const ejections = createEjections({ clock, log: silentLogger });
  const balancing = createBalancing({
    profile: profile.map(([name, balancer, weight = 1]) => ({ name, balancer, weight })),
    fleet: createScriptedFleet(...agents),
    replicaId: 'me',
    clock,
    random: countedRandom(),
    log: silentLogger,
    ejections,
  });
  const explain = (over = {}, rules = {}): Explanation => explanationSchema.parse(balancing.explain(requestFacts(MODEL, over), rules));
  return { balancing, clock, ejections, explain };
}
function countedRandom() {
  const random = seededRandom(1);
  return () => {
    counted.drawn += 1;
    return random();
  };
}
const counted = { drawn: 0 };
const ids = (entries: readonly { agent_id: string }[]) => entries.map(({ agent_id }) => agent_id).join('');

describe('explain', () => {
  it('gives each candidate its parts, which add up, the cheapest first, and the choice', async () => {
    const { explain } = setUp(
      [['@ollama-coordinator/balancer-least-connections', await create(leastConnections), 2]],
      anAgent({ id: 'a', models, slots: 2, runners: [{ ...runner, in_flight: 1 }], inFlightByReplica: { other: 1 } }),
      anAgent({ id: 'b', models, slots: 2 }),
      anAgent({ id: 'c', models, slots: 2, runners: [{ ...runner, in_flight: 3 }], inFlightByReplica: { other: 3 } }),
    );
    const { balancers, candidates, choice, rejected } = explain();
    expect(balancers).to.deep.equal([{ name: 'least-connections', weight: 2, chooses: false }]);
    expect(ids(candidates)).to.equal('bac');
    expect(candidates.map(({ cost_s, free, requests_ahead, chosen }) => [cost_s, free, requests_ahead, chosen])).to.deep.equal([
      [10, true, 0, true],
      [20, true, 0, false],
      [80, false, 2, false],
    ]);
    expect(candidates[2]?.parts).to.deep.equal([
      { balancer: 'least-connections', name: 'in flight', seconds: 40 },
      { balancer: 'least-connections', name: 'wait', seconds: 40 },
      { balancer: 'least-connections', name: 'suspect', seconds: 0 },
    ]);
    expect(choice).to.deep.equal({ agent_id: 'b', agent_name: 'b', waits: false, why: 'lowest cost of 3 (10 s)' });
    expect(rejected).to.deep.equal([]);
  });

  it('says for each rejected agent why, and what to do', async () => {
    const labels = { room: 'lab' };
    const pause = { by: 'owner', text: 'paused by its owner until 18:00' } as const;
    const { explain } = setUp(
      [
        ['label-filter', await create(labelFilter, { rules: [{ require: { room: 'lab' } }] })],
        ['least-connections', await create(leastConnections)],
      ],
      anAgent({ id: 'good', models, labels }),
      anAgent({ id: 'attic', models, labels: { room: 'attic' } }),
      anAgent({ id: 'off', models, labels, status: 'offline', machineName: 'gpu-3' }),
      anAgent({ id: 'drain', models, labels, status: 'draining' }),
      anAgent({ id: 'down', models, labels, state: 'ollama_down', machineName: 'gpu-4' }),
      anAgent({ id: 'paused', models, labels, state: 'paused', pause, machineName: 'desk' }),
      anAgent({ id: 'light', models, labels, weight: 0 }),
      anAgent({ id: 'bare', labels, models: modelsOnDisk('qwen3:8b'), machineName: 'lab-2' }),
      anAgent({ id: 'fresh', labels, status: 'joining' }),
      anAgent({ id: 'silent', models, labels, status: 'suspect' }),
      anAgent({ id: 'bare-off', labels, models: modelsOnDisk('qwen3:8b'), status: 'offline', machineName: 'lab-3' }),
    );
    const { candidates, rejected } = explain();
    expect(ids(candidates)).to.equal('good');
    expect(Object.fromEntries(rejected.map(({ agent_id, reason, fix }) => [agent_id, [reason, fix]]))).to.deep.equal({
      attic: ['refused by label-filter: rule 1 requires room=lab', 'change the options of label-filter, or what they look at'],
      off: ['offline', 'start the agent on gpu-3'],
      drain: ['draining', '"ollama-coordinator agent resume drain", once it may have requests again'],
      down: ['Ollama down', 'start Ollama on gpu-4 ("ollama serve"); its log says why it stopped'],
      paused: ['paused by its owner until 18:00', 'wait until it comes back, or run "ollama-agent resume" on desk'],
      light: ['weight 0', 'PATCH /api/agents/light with {"weight": 1}'],
      bare: [`does not have ${MODEL}`, `"ollama pull ${MODEL}" on lab-2, or POST /api/pull with the header "x-coordinator-agents: bare"`],
      fresh: ['has not told its models yet; joining', 'wait for its first heartbeat'],
      silent: [
        'its watch is silent, and others can serve',
        'look at the network and the machine; it beats every 5 s and is offline if it stays silent',
      ],
      'bare-off': [
        `does not have ${MODEL}; offline`,
        `"ollama pull ${MODEL}" on lab-3, or POST /api/pull with the header "x-coordinator-agents: bare-off"; start the agent on lab-3`,
      ],
    });
  });

  it('keeps to the pin', async () => {
    const { explain } = setUp(
      [['rr', await create(roundRobin)]],
      anAgent({ id: 'a', models }),
      anAgent({ id: 'b', models, labels: { room: 'lab' } }),
    );
    const { candidates, rejected, choice, request } = explain({}, { pin: 'room=lab' });
    expect(ids(candidates)).to.equal('b');
    expect(rejected).to.deep.equal([
      { agent_id: 'a', agent_name: 'a', reason: 'is not what the pin "room=lab" names', fix: 'pin another agent, or none' },
    ]);
    expect([choice.agent_id, request.pin]).to.deep.equal(['b', 'room=lab']);
  });

  it('keeps to the build that requests go to, and passes on what was decided before', async () => {
    const { explain } = setUp([['rr', await create(roundRobin)]], anAgent({ id: 'a', models }), anAgent({ id: 'b', models }));
    const { candidates, rejected, request } = explain({}, { among: ({ id }: { id: string }) => id === 'a', notes: ['n'] });
    expect(ids(candidates)).to.equal('a');
    expect(rejected[0]?.reason).to.match(/^has another build of llama3:latest \(/);
    expect(request.notes).to.deep.equal(['n']);
  });

  it('says what the request would be answered where nobody may have it', async () => {
    const profile = [['rr', await create(roundRobin)]] as const;
    const refusal = (explain: () => Explanation) => {
      const { choice, candidates } = explain();
      return [choice.error_code, choice.why, candidates.length];
    };
    expect(refusal(setUp(profile).explain)[0]).to.equal('NO_AGENTS');
    expect(refusal(setUp(profile, anAgent({ id: 'a', models: modelsOnDisk('other:latest') })).explain)).to.deep.equal([
      'UNKNOWN_MODEL',
      `model '${MODEL}' not found`,
      0,
    ]);
    expect(refusal(setUp(profile, anAgent({ id: 'a', models, status: 'offline' })).explain)[0]).to.equal('ALL_AGENTS_OFFLINE');
    const never: Entry = ['no', { cost: () => Number.POSITIVE_INFINITY }];
    expect(refusal(setUp([never], anAgent({ id: 'a', models })).explain)).to.deep.equal([
      'NO_CANDIDATE',
      'every candidate was refused by no',
      0,
    ]);
  });

  it('says that the request would wait', async () => {
    const busy = anAgent({ id: 'a', models, slots: 2, runners: [{ ...runner, in_flight: 2 }], inFlightByReplica: { other: 2 } });
    const { choice, candidates } = setUp([['rr', await create(roundRobin)]], busy).explain();
    expect(choice).to.include({ agent_id: 'a', waits: true });
    expect(candidates[0]).to.include({ free: false, requests_ahead: 1 });
  });

  it('tells who is kept out for failing, for how long, and who is on the way back', async () => {
    const { explain, ejections, clock } = setUp(
      [['lc', await create(leastConnections)]],
      ...['a', 'b', 'c'].map((id) => anAgent({ id, models })),
    );
    ejections.judge('b', MODEL, 'unreachable');
    const { rejected, candidates } = explain();
    expect(ids(candidates)).to.equal('ac');
    expect(rejected[0]).to.include({ agent_id: 'b', reason: 'failed lately and is kept out (for another 1 s)' });
    clock.advance(1001);
    ejections.assigned('b', MODEL);
    expect(explain().rejected[0]?.reason).to.include('one request is on its way there to see');
    ejections.judge('b', MODEL, 'served');
    ejections.released('b', MODEL);
    expect(explain().candidates.find(({ agent_id }) => agent_id === 'b')?.note).to.equal(
      'failed lately: takes part in 10 % of the decisions for now',
    );
  });
  it('keeps nobody out where most failed', async () => {
    const { explain, ejections } = setUp([['lc', await create(leastConnections)]], ...['a', 'b', 'c'].map((id) => anAgent({ id, models })));
    for (const id of ['a', 'b']) ejections.judge(id, MODEL, 'unreachable');
    expect(explain().candidates).to.have.lengthOf(3);
  });

  it('shows what balancers keep, has one part for one whose parts do not add up, and names the one that fails', () => {
    const throws = () => {
      throw new Error('on purpose');
    };
    const { explain } = setUp(
      [
        ['plain', { cost: (_request, { id }) => (id === 'a' ? 1 : 2), explain: () => [{ name: 'less than all', seconds: 0.5 }] }],
        ['broken', { cost: throws, inspect: throws }],
        ['first', { choose: (_request, [one]) => ({ agent: one?.agent.id ?? '', why: 'the first' }), inspect: () => ({ turns: 7 }) }],
      ],
      anAgent({ id: 'a', models }),
      anAgent({ id: 'b', models }),
    );
    const { balancers, candidates, choice } = explain();
    expect(balancers).to.deep.equal([
      { name: 'plain', weight: 1, chooses: false },
      { name: 'broken', weight: 1, chooses: false, problem: 'on purpose' },
      { name: 'first', weight: 1, chooses: true, state: { turns: 7 } },
    ]);
    expect(candidates[1]).to.deep.include({ cost_s: 2, parts: [{ balancer: 'plain', name: 'cost', seconds: 2 }] });
    expect(choice.why).to.equal('the first, without broken, which failed');
  });

  it('changes nothing: neither counts, nor faults, nor chance, nor who takes part, nor what comes next', async () => {
    const agents = ['a', 'b', 'c'].map((id) => anAgent({ id, models, slots: 100 }));
    const choices = async (explains: boolean) => {
      const setup = setUp(
        [
          ['lc', await create(leastConnections)],
          ['rr', await create(roundRobin)],
        ],
        ...agents,
      );
      const { balancing, ejections, clock } = setup;
      ejections.judge('b', MODEL, 'unreachable');
      clock.advance(1001);
      ejections.judge('b', MODEL, 'served');
      const chosen: string[] = [];
      for (let round = 0; round < 40; round += 1) {
        if (explains) for (let time = 0; time < 3; time += 1) setup.explain();
        const placement = balancing.place(requestFacts(MODEL), { exclude: new Set() });
        if (placement.kind === 'assigned') chosen.push(placement.agent.id);
      }
      expect(balancing.faults()).to.deep.equal([]);
      return { chosen, inFlight: balancing.inFlight.total() };
    };
    expect(await choices(true)).to.deep.equal(await choices(false));
    const { explain, balancing } = setUp([['bad', { cost: () => Number.NaN }]], ...agents);
    counted.drawn = 0;
    expect(explain()).to.deep.equal(explain());
    expect([balancing.faults(), balancing.inFlight.total(), counted.drawn]).to.deep.equal([[], 0, 0]);
  });
});
