import { expect } from 'chai';
import { captures, expectAsRecorded, notes, replay } from '../../support/captures/replay.js';
import { NOT_REPLAYED } from '../../support/captures/requests.js';
import { instant, PROFILES, type SimulatedOllama, startSimulatedOllama } from '../../support/simulated-ollama/index.js';

describe('simulated Ollama, held to what was recorded of Ollama 0.32.15', () => {
  let sim: SimulatedOllama;

  before(async () => {
    sim = await startSimulatedOllama({ models: [PROFILES.slow, PROFILES['tiny-embed'], PROFILES.tiny].map(instant) });
    const body = JSON.stringify({ model: 'tiny-embed', input: 'hi' });
    await (await fetch(`${sim.url}/api/embed`, { method: 'POST', body })).text();
  });

  after(() => sim.close());

  for (const capture of captures) {
    it(capture.name, async () => {
      const answer = await replay(sim.url, capture);
      expectAsRecorded(capture, answer);
      expect('transfer-encoding' in answer.headers, 'chunked').to.equal('transfer-encoding' in capture.headers);
    });
  }

  it('names every line of the file that is not replayed', () => {
    expect(notes).to.deep.equal(Object.keys(NOT_REPLAYED));
    expect(captures.length).to.equal(124);
  });
});
