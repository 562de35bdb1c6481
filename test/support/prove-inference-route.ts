import { expect } from 'chai';
import { readAsDescribed } from './openapi-contract.js';
import { type Fleet, startFleet } from './start-fleet.js';

interface InferenceRoute<R> {
  readonly title: string;
  readonly path: string;
  /** A body that asks the model `tiny` to say z. */
  readonly valid: object;
  /** The piece of the text that a record of the stream carries. */
  readonly textOf: (record: R) => string;
  /** What Ollama answers where the model's name is empty. */
  readonly withoutModel: { readonly status: number; readonly answer: object };
}

/** What holds for each of Ollama's routes that answer with a text. */
export function proveInferenceRoute<R extends { readonly done: boolean }>({
  title,
  path,
  valid,
  textOf,
  withoutModel,
}: InferenceRoute<R>): void {
  describe(title, function () {
    this.timeout(30_000);
    let fleet: Fleet;
    before(async () => {
      fleet = await startFleet();
    });
    after(() => fleet.close());

    const ask = async (body: unknown, headers: Readonly<Record<string, string>> = {}) => {
      const response = await fleet.post(path, body, headers);
      return { status: response.status, headers: response.headers, answer: await readAsDescribed(response, `POST ${path}`) };
    };

    it('says that there is no agent, with status 503 and when to ask again', async () => {
      const { status, headers, answer } = await ask(valid);
      expect(status).to.equal(503);
      expect(Number(headers.get('retry-after'))).to.be.at.least(1);
      expect(answer)
        .to.have.property('error')
        .that.matches(/no agent has registered yet/);
    });

    it('streams records and ends with a final one', async () => {
      await fleet.addAgent({ name: 'one' });
      const { headers, answer } = await ask(valid);
      const records = String(answer)
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as R);
      expect(headers.get('content-type')).to.equal('application/x-ndjson');
      expect(records.map(({ done }) => done)).to.deep.equal([...records.slice(1).map(() => false), true]);
      expect(records.map(textOf).join('')).to.match(/echo-z/);
    });

    it('answers in one piece when the body says so', async () => {
      const { headers, answer } = await ask({ ...valid, stream: false });
      expect(headers.get('content-type')).to.match(/^application\/json/);
      expect(answer).to.include({ done: true });
    });

    it('says who answered, why, after how many attempts and how long a wait', async () => {
      const { headers } = await ask({ ...valid, stream: false });
      expect(headers.get('x-coordinator-agent')).to.equal('one');
      expect(headers.get('x-coordinator-why')).to.match(/\S/);
      expect(headers.get('x-coordinator-request-id')).to.match(/\S/);
      expect(headers.get('x-coordinator-attempts')).to.equal('1');
      expect(headers.get('x-coordinator-queue-ms')).to.match(/^\d+$/);
    });

    it('goes to the agent that a pin names, and says so where none matches', async () => {
      expect((await ask({ ...valid, stream: false }, { 'x-coordinator-pin': 'one' })).status).to.equal(200);
      expect((await ask(valid, { 'x-coordinator-pin': 'two' })).status).to.equal(404);
    });

    it('refuses what Ollama refuses, in its words', async () => {
      expect(await ask({ ...valid, model: 'absent' })).to.deep.include({ status: 404, answer: { error: "model 'absent' not found" } });
      expect(await ask({ ...valid, model: '' })).to.deep.include(withoutModel);
    });
  });
}
