import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 1000, loadMs: 1 }] } as const;
const PATH = '/api/coordinator/requests';

describe('the history of requests over HTTP', function () {
  this.timeout(60_000);
  let fleet: Fleet;

  const get = (path: string) => fetch(fleet.url + path);
  const list = async (query = '') =>
    ((await (await get(`${PATH}?${query}`)).json()) as { requests: { id: string; caller: string; agent_id: string }[] }).requests;

  before(async () => {
    fleet = await startFleet({ agents: [{ name: 'one', ollama: OLLAMA }], env: { COORDINATOR_ROLLUP_MS: '200' } });
    for (let index = 0; index < 3; index += 1) await fleet.post('/api/generate', { model: 'tiny', prompt: 'x', stream: false });
    await fleet.post('/api/generate', { model: '=cmd|absent', prompt: 'x', stream: false });
    await eventually(async () => (await list()).length === 4);
  });
  after(() => fleet.close());

  it('finds by caller', async () => {
    const [{ caller = '' } = {}] = await list();
    expect(await list(`caller=${caller}`)).to.have.lengthOf(4);
    expect(await list('caller=somebody')).to.deep.equal([]);
  });

  it('exports what matches as JSON and as CSV, safe to open in a spreadsheet', async () => {
    const json = await get(`${PATH}/export?format=json`);
    expect(json.headers.get('content-disposition')).to.equal('attachment; filename="requests.json"');
    expect(await json.json()).to.deep.equal(await list());
    const csv = await get(`${PATH}/export?format=csv&model=tiny`);
    expect(csv.headers.get('content-type')).to.equal('text/csv; charset=utf-8');
    const [head = '', ...lines] = (await csv.text()).trimEnd().split('\r\n');
    expect(head).to.match(/^id,status,received_at,/);
    expect(lines.map((line) => line.split(',')[0])).to.deep.equal((await list('model=tiny')).map(({ id }) => id));
    expect(await (await get(`${PATH}/export?format=csv&status=rejected`)).text()).to.not.match(/,=cmd/);
  });

  it('exports no more than asked for, and an empty file where nothing matches', async () => {
    expect(await (await get(`${PATH}/export?format=json&limit=2`)).json()).to.deep.equal((await list()).slice(0, 2));
    expect(await (await get(`${PATH}/export?format=json&model=none`)).json()).to.deep.equal([]);
    expect((await (await get(`${PATH}/export?format=csv&model=none`)).text()).split('\r\n')).to.have.lengthOf(2);
  });

  const bad: [path: string, reason: RegExp][] = [
    [`${PATH}?cursor=nonsense`, /cursor/],
    [`${PATH}?cursor=1-1;DEL`, /cursor/],
    [`${PATH}?status=lost`, /status/],
    [`${PATH}?since=yesterday`, /since/],
    [`${PATH}?limit=0`, /limit/],
    [`${PATH}?limit=1001`, /limit/],
    [`${PATH}?colour=red`, /colour/],
    [`${PATH}?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z`, /until: must not be before since/],
    ['/api/coordinator/trends?by=week', /by/],
    ['/api/coordinator/trends?since=1970-01-01T00:00:00Z', /at most 744/],
    ['/api/coordinator/trends?agent=one&model=tiny', /not both/],
    [`${PATH}/export`, /format/],
    [`${PATH}/export?format=xml`, /format/],
    [`${PATH}/export?format=csv&limit=100001`, /limit/],
    [`${PATH}/export?format=csv&cursor=1-1`, /cursor/],
  ];
  for (const [path, reason] of bad) {
    it(`refuses ${path} with the reason`, async () => {
      const answer = await get(path);
      expect(answer.status).to.equal(400);
      expect(((await answer.json()) as { error: string }).error).to.match(reason);
    });
  }

  it('adds them up by hour, for the fleet and for an agent by its name', async () => {
    const total = async (query: string) => {
      const { trends } = (await (await get(`/api/coordinator/trends?${query}`)).json()) as { trends: { requests: number }[] };
      return trends.reduce((sum, { requests }) => sum + requests, 0);
    };
    await eventually(async () => (await total('')) === 4);
    expect(await total('by=day&agent=one')).to.equal(3);
    expect(await total('model=tiny')).to.equal(3);
    expect(await total('agent=other')).to.equal(0);
  });

  it('shows the health of an agent, and refuses what it cannot understand', async () => {
    const [{ agent_id: id = '' } = {}] = await list('model=tiny');
    const path = `/api/agents/${id}/health`;
    expect(await (await get(`${path}?limit=5`)).json())
      .to.have.property('samples')
      .that.is.an('array');
    expect((await get(`${path}?cursor=x`)).status).to.equal(400);
    expect((await get(`${path}?limit=10081`)).status).to.equal(400);
  });
});
