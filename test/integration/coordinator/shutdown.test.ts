import { expect } from 'chai';
import WebSocket from 'ws';
import { eventually } from '../../support/eventually.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 50, loadMs: 10 }] } as const;

describe('a coordinator that is told to stop', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ agents: [{ name: 'one', ollama: OLLAMA }] });
  });
  afterEach(() => fleet.close());

  const first = () => {
    const coordinator = fleet.coordinators[0];
    if (!coordinator) throw new Error('no coordinator');
    return coordinator.program;
  };

  it('is gone within a second when nothing runs, though agents and a dashboard are connected', async () => {
    const socket = new WebSocket(`${fleet.url.replace('http', 'ws')}/ws/dashboard`, ['ollama-coordinator']);
    await new Promise((resolve) => socket.once('open', resolve));
    const startedMs = performance.now();
    await first().stop(10_000);
    expect(performance.now() - startedMs).to.be.below(1000);
    socket.terminate();
  });

  it('finishes the stream that runs, and takes no new request', async () => {
    const response = await fleet.post('/api/generate', { model: 'tiny', prompt: 'x', options: { num_predict: 40 } });
    const gone = first().stop(10_000);
    await eventually(async () => {
      const refused = await fetch(`${fleet.url}/readyz`).then(
        () => false,
        () => true,
      );
      return refused;
    });
    const text = await response.text();
    expect(text).to.include('"done":true');
    const endedMs = performance.now();
    await gone;
    expect(performance.now() - endedMs).to.be.below(1000);
  });
});
