import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type PullFleet, startPullFleet } from '../../support/registry/start-pull-fleet.js';
import type { Fault } from '../../support/simulated-ollama/faults.js';

interface Kind {
  /** What Ollama is asked for it. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>> & { readonly kind: string };
}

/** Each on a model of its own, so that no test finds done what another did. */
const KINDS: readonly Kind[] = [
  { path: '/api/copy', body: { kind: 'copy', destination: 'second' } },
  { path: '/api/delete', body: { kind: 'delete' } },
  { path: '/api/generate', body: { kind: 'preload' } },
  { path: '/api/generate', body: { kind: 'placement', agents: 'one', loaded: true } },
];
const SITUATIONS = ['shared', 'retried', 'inherited'] as const;
/** A replica's jobs are given up some 10 s after its death, and looked for every 5 s. */
const TAKE_OVER_MS = 90_000;

describe('what holds for jobs of each kind', function () {
  this.timeout(240_000);
  let world: PullFleet;
  before(async () => {
    world = await startPullFleet({ agents: ['one'], env: { COORDINATOR_JOB_RETRY_MS: '50' } });
    for (const { body } of KINDS) {
      for (const situation of SITUATIONS) {
        const model = `${body.kind}-${situation}`;
        world.registry.addSynthetic({ name: model, sizeBytes: 1000 });
        expect((await world.pullRecords({ model })).at(-1)).to.deep.equal({ status: 'success' });
      }
    }
    await eventually(async () => expect(await world.holders('placement-inherited:latest')).to.deep.equal(['one']), { withinMs: 60_000 });
  });
  after(() => world?.close());
  const ollama = () => world.fleet.agents[0]?.ollama;
  afterEach(() => ollama()?.faults.clear());

  const make = async ({ body }: Kind, situation: (typeof SITUATIONS)[number]) =>
    (
      await world.makeJob({
        ...body,
        model: `${body.kind}-${situation}`,
        ...(body.kind === 'copy' ? { destination: `second-${situation}` } : {}),
      })
    ).job.id;
  const fail = ({ path }: Kind, fault: Fault) => ollama()?.faults.add({ match: { path }, times: 1, fault });
  const asked = ({ path }: Kind) => ollama()?.requests.filter((request) => request.path === path).length ?? 0;
  /** Begins one that Ollama does not answer, and resolves when it was asked. */
  const hang = async (kind: Kind, situation: (typeof SITUATIONS)[number]) => {
    const before = asked(kind);
    fail(kind, { kind: 'hang' });
    const id = await make(kind, situation);
    await eventually(() => expect(asked(kind)).to.equal(before + 1), { withinMs: 60_000 });
    return id;
  };

  for (const kind of KINDS) {
    const name = kind.body.kind;

    it(`${name}: two who want the same share one job, and either may cancel it, at once`, async () => {
      const id = await hang(kind, 'shared');
      expect(await make(kind, 'shared')).to.equal(id);
      await fetch(`${world.fleet.url}/api/coordinator/jobs/${id}`, { method: 'DELETE' });
      const ended = await world.ended(id, 60_000);
      expect(ended).to.include({ state: 'cancelled' });
      expect(ended.parts.map(({ state, error }) => `${state}: ${error}`)).to.deep.equal(['failed: cancelled']);
    });

    it(`${name}: tried again where Ollama broke off`, async () => {
      fail(kind, { kind: 'refuse' });
      expect(await world.ended(await make(kind, 'retried'), 60_000)).to.deep.include({ state: 'completed', attempts: 2 });
    });
  }

  it('a coordinator that is killed: all go on after its next start', async () => {
    const ids: string[] = [];
    for (const kind of KINDS) ids.push(await hang(kind, 'inherited'));
    world.fleet.coordinators[0]?.program.signal('SIGKILL');
    await world.fleet.restartCoordinator();
    for (const id of ids) expect(await world.ended(id, TAKE_OVER_MS)).to.include({ state: 'completed' });
    await eventually(async () => expect(await world.holders('delete-inherited:latest')).to.deep.equal([]));
    await eventually(async () => expect(await world.holders('second-inherited:latest')).to.deep.equal(['one']));
    expect(ollama()?.loaded()).to.include.members(['preload-inherited:latest', 'placement-inherited:latest']);
  });
});
