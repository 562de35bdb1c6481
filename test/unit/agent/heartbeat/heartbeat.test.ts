import { AppError, type HealthCheckRequest, type HealthCheckResponse, silentLogger } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { Heartbeat } from '#agent/heartbeat/heartbeat.js';
import { createManualClock } from '../../../support/manual-clock.js';

const ok: HealthCheckResponse = { status: 'ok', send_models: false, draining: false, waiting: false };

function setUp() {
  const clock = createManualClock();
  const sent: HealthCheckRequest[] = [];
  const events: string[] = [];
  let models = { digest: 'd1', models: [{ name: 'a:1', digest: 'x', size_bytes: 1, modified_at: '' }] };
  let reply = (): Promise<HealthCheckResponse | undefined> => Promise.resolve(ok);
  const heartbeat = new Heartbeat({
    clock,
    log: Object.assign(Object.create(silentLogger), { warn: () => events.push('warned'), info: () => events.push('recovered') }),
    compose: async () => ({ agent_id: 'a', state: 'ready' }) as HealthCheckRequest,
    readModels: () => models,
    deliver(body, timeoutMs) {
      expect(timeoutMs).to.equal(1000);
      sent.push(body);
      return reply();
    },
    onAnswer: ({ draining }) => events.push(`answer ${draining}`),
    onUnknown: ({ code }) => events.push(code),
    onSuperseded: ({ code }) => events.push(code),
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const pass = async (ms: number) => {
    clock.advance(ms);
    await settle();
  };
  return {
    heartbeat,
    sent,
    events,
    settle,
    pass,
    setModels: (digest: string) => {
      models = { ...models, digest };
    },
    setReply: (next: typeof reply) => {
      reply = next;
    },
  };
}

describe('Heartbeat', () => {
  it('beats at once and each interval, with models only when they changed', async () => {
    const { heartbeat, sent, settle, pass, setModels } = setUp();
    heartbeat.start(1000);
    await settle();
    await pass(1000);
    setModels('d2');
    await pass(1000);
    expect(sent.map(({ sequence, models_digest, models }) => [sequence, models_digest, models?.length])).to.deep.equal([
      [1, 'd1', 1],
      [2, 'd1', undefined],
      [3, 'd2', 1],
    ]);
    heartbeat.stop();
    await pass(5000);
    expect(sent).to.have.length(3);
  });

  it('keeps offering models that did not arrive', async () => {
    const { heartbeat, sent, settle, pass, setReply } = setUp();
    setReply(() => Promise.reject(new AppError('COORDINATOR_UNREACHABLE')));
    heartbeat.start(1000);
    await settle();
    setReply(() => Promise.resolve(ok));
    await pass(1000);
    expect(sent.map(({ models }) => models?.length)).to.deep.equal([1, 1]);
  });

  it('never has two under way, and sends what was asked for meanwhile afterwards', async () => {
    const { heartbeat, sent, settle, setReply } = setUp();
    let arrive: (answer: HealthCheckResponse) => void = () => undefined;
    setReply(() => new Promise((resolve) => (arrive = resolve)));
    heartbeat.start(1000);
    await settle();
    heartbeat.beat();
    heartbeat.beat();
    await settle();
    expect(sent).to.have.length(1);
    arrive(ok);
    await settle();
    expect(sent).to.have.length(2);
  });

  it('sends the models at once when the coordinator lacks them', async () => {
    const { heartbeat, sent, settle, pass, setReply } = setUp();
    heartbeat.start(1000);
    await settle();
    setReply(() => Promise.resolve({ ...ok, send_models: sent.length < 3 }));
    await pass(1000);
    expect(sent.map(({ models }) => models?.length)).to.deep.equal([1, undefined, 1]);
  });

  for (const [code, expected] of [
    ['AGENT_NOT_REGISTERED', 'AGENT_NOT_REGISTERED'],
    ['BAD_AGENT_TOKEN', 'BAD_AGENT_TOKEN'],
    ['OLD_INCARNATION', 'OLD_INCARNATION'],
    ['COORDINATOR_UNREACHABLE', 'warned'],
  ] as const) {
    it(`reports ${code} as ${expected}`, async () => {
      const { heartbeat, events, settle, setReply } = setUp();
      setReply(() => Promise.reject(new AppError(code)));
      heartbeat.start(1000);
      await settle();
      expect(events).to.deep.equal([expected]);
    });
  }

  it('warns once per failure and says when it is over', async () => {
    const { heartbeat, events, settle, pass, setReply } = setUp();
    setReply(() => Promise.reject(new AppError('COORDINATOR_UNREACHABLE')));
    heartbeat.start(1000);
    await settle();
    await pass(1000);
    await pass(1000);
    setReply(() => Promise.resolve(undefined));
    await pass(1000);
    expect(events).to.deep.equal(['warned', 'recovered']);
  });
});
