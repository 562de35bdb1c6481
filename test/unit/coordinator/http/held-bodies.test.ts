import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { AppError } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createHeldBodies } from '#coordinator/http/held-bodies.js';

/** A request whose body comes in these pieces. */
function aRequest(...pieces: readonly string[]): IncomingMessage {
  const req = Object.assign(new PassThrough(), { headers: {}, complete: true });
  for (const piece of pieces) req.write(piece);
  req.end();
  return req as unknown as IncomingMessage;
}

const codeOf = (promise: Promise<unknown>) => promise.then(String, (error: AppError) => error.code);

describe('createHeldBodies', () => {
  const limits = { limitBytes: 100, memoryBytes: 10 };

  it('refuses a body that finds no memory, and takes it once another one is released', async () => {
    const bodies = createHeldBodies(limits);
    const first = bodies.open();
    expect(await codeOf(first.read(aRequest('12345678')))).to.equal('12345678');
    const second = bodies.open();
    expect(await codeOf(second.read(aRequest('ab', 'cd')))).to.equal('BODIES_FULL');
    second.release();
    expect(bodies.heldBytes()).to.equal(8);
    first.release();
    const third = bodies.open();
    expect(await codeOf(third.read(aRequest('ab', 'cd')))).to.equal('abcd');
    third.release();
    expect(bodies.heldBytes()).to.equal(0);
  });

  it('says how much is held, and when to come back', async () => {
    const bodies = createHeldBodies(limits);
    await bodies.open().read(aRequest('1234567890'));
    const error = await bodies
      .open()
      .read(aRequest('x'))
      .catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AppError).that.includes({ status: 503, retryAfterS: 1 });
    expect((error as AppError).message).to.match(/^server busy.* 10 B .*COORDINATOR_BODY_MEMORY_BYTES/);
  });

  it('reads one body of any allowed size where no other one is held', async () => {
    const bodies = createHeldBodies(limits);
    expect(await codeOf(bodies.open().read(aRequest('12345678', '90123456')))).to.equal('1234567890123456');
    expect(
      await codeOf(
        createHeldBodies(limits)
          .open()
          .read(aRequest('x'.repeat(101))),
      ),
    ).to.equal('BODY_TOO_LARGE');
  });

  it('lets a request release what it took once only', async () => {
    const bodies = createHeldBodies(limits);
    const body = bodies.open();
    await body.read(aRequest('1234'));
    body.release();
    body.release();
    expect(bodies.heldBytes()).to.equal(0);
  });
});
