import { eventually } from '../support/eventually.js';
import { countLost, timeUntil } from './support/measure.js';
import { runScenario } from './support/run-scenario.js';
import { scaled } from './support/scale.js';
import { listAgents } from './support/watch-offline.js';

const STREAMS_PER_REPLICA = scaled(8, 30);

describe('one of 3 replicas killed', function () {
  this.timeout(180_000);

  it('breaks its own streams only, visibly, and frees what they held', () =>
    runScenario({
      fault: 'one of 3 replicas killed',
      replicas: 3,
      slots: 64,
      run: async ({ fleet, client, figure, replicaDies }) => {
        const streams = fleet.coordinators.flatMap(({ url }) =>
          Array.from({ length: STREAMS_PER_REPLICA }, () => client.ask({ url, tokens: 700 })),
        );
        await Promise.all(streams.map(({ firstByte }) => firstByte));
        const counted = async () => (await listAgents(fleet.url)).reduce((sum, agent) => sum + agent.in_flight, 0);
        await eventually(async () => (await counted()) === streams.length);
        const victim = fleet.coordinators[1];
        const others = streams.filter(({ record }) => record.url !== victim?.url);
        replicaDies(victim?.url ?? '');
        victim?.program.signal('SIGKILL');
        const killedMs = performance.now();
        const running = () => fleet.agents.reduce((sum, { ollama }) => sum + (ollama?.stats.inFlight ?? 0), 0);
        const [freedMs, vanishedMs] = await Promise.all([
          timeUntil(killedMs, 10_000, () => running() === others.length),
          timeUntil(killedMs, 15_000, async () => (await counted()) === others.length),
        ]);
        const broken = await Promise.all(streams.filter((stream) => !others.includes(stream)).map(({ ended }) => ended));
        const spared = await Promise.all(others.map(({ ended }) => ended));
        figure({ name: 'streams of the other replicas lost', value: countLost(spared), limit: 0, unit: `of ${spared.length}` });
        figure({
          name: 'its own streams that seemed whole or stayed open',
          value: broken.filter(({ outcome }) => outcome !== 'cut').length,
          limit: 0,
          unit: `of ${broken.length}`,
        });
        figure({ name: 'agents freed', value: freedMs / 1000, limit: 2, unit: 's' });
        figure({ name: 'its in-flight share gone at another replica', value: vanishedMs / 1000, limit: 3, unit: 's' });
        const later = await Promise.all(Array.from({ length: 30 }, () => client.ask({ tokens: 3 }).ended));
        figure({ name: 'later requests lost', value: countLost(later), limit: 0, unit: `of ${later.length}` });
      },
    }));
});
