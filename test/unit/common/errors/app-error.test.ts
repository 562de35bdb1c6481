import { AppError, describeCause, ERRORS, type ErrorCode } from '@ollama-coordinator/common';
import { expect } from 'chai';

const CODES = Object.keys(ERRORS) as ErrorCode[];

describe('AppError', () => {
  it('takes status, retryable and sentence from the table', () => {
    const error = new AppError('UNKNOWN_AGENT', { details: { agent: 'desk' } });
    expect(error).to.include({ name: 'AppError', code: 'UNKNOWN_AGENT', status: 404, retryable: false });
    expect(error.message).to.equal('no agent "desk" is registered here; list them with GET /api/agents');
    expect(error).to.be.instanceOf(Error);
  });

  it('keeps its cause, and has none when none was given', () => {
    const cause = new Error('reset');
    expect(new AppError('AGENT_FAILED', { cause }).cause).to.equal(cause);
    expect(Object.hasOwn(new AppError('AGENT_FAILED'), 'cause')).to.equal(false);
  });

  it('says when to try again', () => {
    expect(new AppError('NO_AGENTS', { retryAfterS: 5 }).retryAfterS).to.equal(5);
    expect(new AppError('NO_AGENTS').retryAfterS).to.equal(undefined);
  });

  it('leaves a place open that has no detail, and fills none from the prototype', () => {
    expect(new AppError('UNKNOWN_AGENT').message).to.include('{agent}');
    const error = new AppError('BAD_REQUEST', { details: { reason: 'a {constructor} b' } });
    expect(error.message).to.equal('a {constructor} b');
  });

  it('takes a detail as text, whatever it holds', () => {
    expect(new AppError('UNKNOWN_AGENT', { details: { agent: '$& {agent} $1' } }).message).to.include('"$& {agent} $1"');
  });
});

describe('the error table', () => {
  for (const code of CODES) {
    const { status, message } = ERRORS[code];
    it(`${code} has an HTTP status and a sentence`, () => {
      expect(code).to.match(/^[A-Z]+(_[A-Z]+)*$/);
      expect(status).to.be.within(400, 599);
      expect(message).to.match(/\S/).and.not.match(/\.$/);
    });
  }

  it('lets a client try again only where that can help', () => {
    const wrong = CODES.filter(
      (code) => ERRORS[code].retryable && ERRORS[code].status < 500 && ERRORS[code].status !== 429 && code !== 'AGENT_NOT_REGISTERED',
    );
    expect(wrong).to.deep.equal([]);
  });
});

describe('describeCause', () => {
  const withCode = (message: string, code: string) => Object.assign(new Error(message), { code });
  const table: readonly [unknown, string][] = [
    [withCode('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED'), 'connect ECONNREFUSED 127.0.0.1:1'],
    [withCode('socket hang up', 'ECONNRESET'), 'ECONNRESET: socket hang up'],
    [withCode('', 'ECONNREFUSED'), 'ECONNREFUSED'],
    [new TypeError(''), 'TypeError'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [null, 'null'],
  ];
  for (const [cause, expected] of table) {
    it(`says ${JSON.stringify(expected)}`, () => expect(describeCause(cause)).to.equal(expected));
  }
});
