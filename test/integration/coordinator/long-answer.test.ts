import { expect } from 'chai';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const FIRST_BYTE_MS = 800;
const DECODE_TOKENS_PER_S = 50;
/** Takes twice as long as a first byte may. */
const TOKENS = (2 * FIRST_BYTE_MS * DECODE_TOKENS_PER_S) / 1000;

describe('an answer in one piece that takes longer than a first byte may', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_FIRST_BYTE_TIMEOUT_MS: String(FIRST_BYTE_MS), COORDINATOR_LOAD_TIMEOUT_MS: '100' },
      agents: ['one', 'two'].map((name) => ({
        name,
        ollama: { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: DECODE_TOKENS_PER_S, loadMs: 10 }] },
      })),
    });
  });
  after(() => fleet.close());

  it('is not cut while its agent works on it', async () => {
    const startedMs = performance.now();
    const response = await fleet.post('/api/generate', { model: 'tiny', prompt: 'go w', stream: false, options: { num_predict: TOKENS } });
    expect(response.status).to.equal(200);
    expect(response.headers.get('x-coordinator-attempts')).to.equal('1');
    expect(performance.now() - startedMs).to.be.above(1.5 * FIRST_BYTE_MS);
    expect(await response.json()).to.include({ done: true, eval_count: TOKENS });
  });
});
