import { AppError, type RegisterRequest, type RegisterResponse } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { Registrar } from '#agent/coordinator/registrar.js';
import { keepWarnings } from '../../../support/keep-warnings.js';
import { createManualClock } from '../../../support/manual-clock.js';

const unreachable = new AppError('COORDINATOR_UNREACHABLE', { details: { url: 'http://c', cause: 'ECONNREFUSED' } });

function setUp(register: () => Promise<RegisterResponse>) {
  const clock = createManualClock();
  const tries: number[] = [];
  const accepted: RegisterResponse[] = [];
  const superseded: AppError[] = [];
  const { log, warnings } = keepWarnings();
  const registrar = new Registrar({
    client: {
      register() {
        tries.push(clock.monotonic());
        return register();
      },
    },
    clock,
    random: () => 0,
    log,
    composeRequest: async () => ({}) as RegisterRequest,
    readCredential: async () => undefined,
    accept: async (response) => void accepted.push(response),
    onSuperseded: (error) => superseded.push(error),
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const pass = async (ms: number) => {
    clock.advance(ms);
    await settle();
  };
  return { registrar, tries, accepted, superseded, warnings, settle, pass };
}

describe('Registrar', () => {
  it('doubles the wait from 250 ms up to 10 s', async () => {
    const { registrar, tries, settle, pass } = setUp(() => Promise.reject(unreachable));
    registrar.start();
    await settle();
    for (let second = 0; second < 400; second += 1) await pass(125);
    const waits = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
    expect(waits.slice(0, 8)).to.deep.equal([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    registrar.stop();
  });

  it('logs a failure once, and another one again', async () => {
    const failures = [unreachable, unreachable, new AppError('BAD_JOIN_TOKEN'), unreachable];
    const { registrar, warnings, settle, pass } = setUp(() => Promise.reject(failures.shift() ?? unreachable));
    registrar.start();
    await settle();
    for (let step = 0; step < 20; step += 1) await pass(250);
    expect(warnings).to.have.length(3);
    expect(warnings[0]).to.contain('ECONNREFUSED');
    expect(warnings[1]).to.contain('AGENT_JOIN_TOKEN');
    registrar.stop();
  });

  it('stops trying once it is registered, and begins again when told', async () => {
    const { registrar, tries, accepted, settle, pass } = setUp(async () => ({ agent_id: 'a' }) as RegisterResponse);
    registrar.start();
    registrar.start();
    await settle();
    await pass(60_000);
    expect([tries.length, accepted.length]).to.deep.equal([1, 1]);
    registrar.start();
    await settle();
    expect(tries).to.have.length(2);
  });

  it('gives up when a newer start has registered', async () => {
    const { registrar, tries, superseded, settle, pass } = setUp(() => Promise.reject(new AppError('OLD_INCARNATION')));
    registrar.start();
    await settle();
    await pass(60_000);
    expect([tries.length, superseded.length]).to.deep.equal([1, 1]);
  });
});
