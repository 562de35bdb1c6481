import { expect } from 'chai';
import type { Capture } from '../../support/captures/parse-captures.js';
import { captures, expectAsRecorded, replay } from '../../support/captures/replay.js';
import { eventually } from '../../support/eventually.js';
import { instant, PROFILES } from '../../support/simulated-ollama/index.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

interface Deviation {
  /** Why a fleet answers differently. */
  readonly why: string;
  readonly status: number;
  readonly body: RegExp;
}

const noAccount = (path: string): Deviation => ({
  why: `${path}: accounts belong to machines, the fleet has none`,
  status: 403,
  body: /^\{"error":"ollama cloud is disabled: no account is signed in here; /,
});

/** Where the coordinator answers otherwise than Ollama did, on purpose. By the name of the capture. */
const DEVIATIONS: Readonly<Record<string, Deviation>> = {
  'me: POST /api/me': noAccount('/api/me'),
  'signout: POST /api/signout': noAccount('/api/signout'),
  'keys: DELETE /api/user/keys/abc': noAccount('/api/user/keys'),
  'status: GET /api/status': { why: 'the cloud is disabled by design, not by the environment', status: 200, body: /"disabled":true/ },
  'missing model: POST /v1/responses': { why: 'the content type names its charset', status: 400, body: /"message":"model is required"/ },
  'host bad: GET /api/version': { why: 'the refusal says what to do', status: 403, body: /is not served here; use localhost/ },
  'host public ip: GET /api/version': { why: 'addresses are no names that DNS could point here', status: 200, body: /"version"/ },
};

/** Pulls from a registry that is not there: a job tries several times before it says so (test/integration/jobs). */
const NOT_COMPARED = /^(unknown model: POST \/api\/pull|pull (no)?stream: .*)$/;

describe('a fleet, held to what was recorded of Ollama 0.32.15', function () {
  this.timeout(60_000);
  let fleet: Fleet;

  before(async () => {
    const models = [PROFILES.slow, PROFILES['tiny-embed'], PROFILES.tiny].map(instant);
    fleet = await startFleet({ agents: [{ name: 'one', ollama: { models } }] });
    await (await fleet.post('/api/embed', { model: 'tiny-embed', input: 'hi' })).text();
    await eventually(async () => expect(await loaded()).to.deep.equal(['tiny-embed:latest']));
  });
  after(() => fleet.close());

  const loaded = async () => {
    const { models } = (await (await fetch(`${fleet.url}/api/ps`)).json()) as { models: { name: string }[] };
    return models.map(({ name }) => name);
  };

  /** What is loaded is known to the coordinator a moment later. */
  async function expectSame(capture: Capture): Promise<void> {
    if (!capture.label.startsWith('ps')) return expectAsRecorded(capture, await replay(fleet.url, capture));
    await eventually(async () => expectAsRecorded(capture, await replay(fleet.url, capture)));
  }

  for (const capture of captures.filter(({ name }) => !NOT_COMPARED.test(name))) {
    const deviation = DEVIATIONS[capture.name];
    it(deviation ? `${capture.name}, otherwise: ${deviation.why}` : capture.name, async () => {
      if (!deviation) return expectSame(capture);
      const { status, body } = await replay(fleet.url, capture);
      expect(status).to.equal(deviation.status);
      expect(body).to.match(deviation.body);
    });
  }

  it('names no deviation that there is none of', () => {
    expect(captures.map(({ name }) => name)).to.include.members(Object.keys(DEVIATIONS));
  });
});
