import type { AppError } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createRetryBudget, RETRY_WINDOW_MS, type RetryPermit } from '#coordinator/admission/retry-budget.js';
import { createManualClock } from '../../../support/manual-clock.js';

const WAIT_MS = 60_000;

function setUp({ ratio = 0.2, floor = 2 } = {}) {
  const clock = createManualClock();
  const budget = createRetryBudget({ clock, ratio, floor });
  const reserve = (withinMs = WAIT_MS) => budget.reserve(withinMs, () => {});
  /** Spends what there is. */
  const spend = async (count: number) => {
    for (let index = 0; index < count; index += 1) (await reserve()).settle(true);
  };
  return { clock, budget, reserve, spend };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Whether it came within this turn. */
async function came(permit: Promise<RetryPermit>): Promise<boolean> {
  let isHere = false;
  permit.then(
    () => {
      isHere = true;
    },
    () => {},
  );
  await settled();
  return isHere;
}

describe('createRetryBudget', () => {
  it('allows a few retries without any traffic, and then a fifth of the requests', async () => {
    const { budget, reserve, spend } = setUp();
    await spend(2);
    const third = reserve();
    expect(await came(third)).to.equal(false);
    for (let index = 0; index < 4; index += 1) budget.requested();
    expect(await came(third)).to.equal(false);
    budget.requested();
    expect(await came(third)).to.equal(true);
  });

  it('never lets attempts pass 1.2 times the requests and the floor', async () => {
    const { budget, reserve } = setUp();
    let granted = 0;
    for (let index = 0; index < 500; index += 1) {
      budget.requested();
      void reserve().then((permit) => {
        granted += 1;
        permit.settle(true);
      });
    }
    await settled();
    expect(granted).to.equal(102);
  });

  it('counts retries that are under way', async () => {
    const { reserve } = setUp();
    const [first] = [await reserve(), await reserve()];
    const third = reserve();
    expect(await came(third)).to.equal(false);
    first?.settle(false);
    expect(await came(third)).to.equal(true);
  });

  it('charges nothing for an attempt that no Ollama received, and each only once', async () => {
    const { budget, reserve } = setUp();
    const permit = await reserve();
    permit.settle(false);
    permit.settle(true);
    expect(budget.inspect()).to.deep.equal({ spent: 0, allowed: 2, waiting: 0 });
  });

  it('gets its room back as time passes', async () => {
    const { clock, reserve, spend } = setUp();
    await spend(2);
    const third = reserve();
    clock.advance(RETRY_WINDOW_MS - 1000);
    expect(await came(third)).to.equal(false);
    clock.advance(2000);
    expect(await came(third)).to.equal(true);
  });

  it('serves who waits in turn, before anybody who comes later', async () => {
    const { budget, reserve, spend } = setUp();
    await spend(2);
    const order: string[] = [];
    void reserve().then(() => order.push('first'));
    void reserve().then(() => order.push('second'));
    for (let index = 0; index < 10; index += 1) budget.requested();
    await settled();
    expect(order).to.deep.equal(['first', 'second']);
  });

  it('gives up when the time for waiting is over', async () => {
    const { clock, reserve, spend } = setUp();
    await spend(2);
    const outcome = reserve(1000).catch((error: AppError) => error.code);
    clock.advance(1001);
    expect(await outcome).to.equal('QUEUE_TIMEOUT');
  });

  it('forgets who left', async () => {
    const { budget, spend } = setUp();
    await spend(2);
    let abandon = (_reason: Error) => {};
    const gone = budget.reserve(WAIT_MS, (given) => {
      abandon = given;
    });
    const outcome = gone.catch((error: Error) => error.message);
    abandon(new Error('the client left'));
    expect(await outcome).to.equal('the client left');
    expect(budget.inspect().waiting).to.equal(0);
  });
});
