import { expect } from 'chai';
import { laterOf, readStoredKey, type StoredKey, toApiKey, toKeyInfo } from '#coordinator/credentials/api-key.js';

const stored = (fields: Partial<StoredKey> = {}): StoredKey => ({
  id: 'key-1',
  name: 'ci',
  scopes: ['infer'],
  limits: {},
  created_at: '2026-01-01T00:00:00Z',
  version: 1,
  ...fields,
});

describe('laterOf', () => {
  const revoked = stored({ version: 1, revoked_at: '2026-01-02T00:00:00Z' });
  const cases: readonly [what: string, one: StoredKey, other: StoredKey, later: 'one' | 'other'][] = [
    ['the higher version', stored({ version: 2 }), stored({ version: 1 }), 'one'],
    ['the higher version', stored({ version: 1 }), stored({ version: 2 }), 'other'],
    ['what was revoked, though its version is lower', revoked, stored({ version: 9 }), 'one'],
    ['what was revoked, though its version is lower', stored({ version: 9 }), revoked, 'other'],
    ['the first, of equals', stored(), stored(), 'one'],
  ];
  for (const [what, one, other, later] of cases)
    it(`is ${what} (${later})`, () => expect(laterOf(one, other)).to.equal({ one, other }[later]));
});

describe('readStoredKey', () => {
  it('takes a record of the first version', () => {
    const json = JSON.stringify({ name: 'admin', scopes: ['admin'], created_at: '2026-01-01T00:00:00Z' });
    const key = toApiKey('0123456789abcdef', readStoredKey(json) ?? stored());
    expect(key).to.include({ id: '0123456789ab', name: 'admin', expiresAtMs: Number.POSITIVE_INFINITY });
  });

  it('keeps fields of a later version', () => {
    expect(readStoredKey(JSON.stringify({ ...stored(), colour: 'red' }))).to.include({ colour: 'red' });
  });

  for (const json of ['', '{', '[]', '{"name":"x"}', JSON.stringify({ ...stored(), scopes: ['root'] })])
    it(`takes ${JSON.stringify(json)} for no key`, () => expect(readStoredKey(json)).to.equal(undefined));
});

describe('toApiKey', () => {
  it('allows every model and agent where nothing is listed', () => {
    const { allowsModel, allowsAgent } = toApiKey('h', stored());
    expect([allowsModel, allowsAgent]).to.deep.equal([undefined, undefined]);
  });

  it('compares models as Ollama names them', () => {
    const { allowsModel } = toApiKey('h', stored({ models: ['Library/llama3', 'qwen*'] }));
    expect(['llama3:latest', 'llama3:8b', 'qwen3:4b'].map((name) => allowsModel?.(name))).to.deep.equal([true, false, true]);
  });

  it('compares agents by id, name and label, and labels only by patterns with a sign', () => {
    const { allowsAgent } = toApiKey('h', stored({ agents: ['gpu-*', 'room=lab*'] }));
    const agent = { id: 'x', name: 'x', labels: {} };
    expect(allowsAgent?.(agent)).to.equal(false);
    expect(allowsAgent?.({ ...agent, id: 'gpu-1' })).to.equal(true);
    expect(allowsAgent?.({ ...agent, name: 'GPU-1' })).to.equal(true);
    expect(allowsAgent?.({ ...agent, labels: { room: 'lab-2' } })).to.equal(true);
    expect(allowsAgent?.({ ...agent, labels: { room: 'hall' } })).to.equal(false);
    expect(allowsAgent?.({ ...agent, name: 'room=lab' }), 'an agent may not name itself into it').to.equal(false);
  });
});

describe('toKeyInfo', () => {
  it('shows everything but the hash', () => {
    const key = toApiKey('the-hash', stored({ models: ['a'], expires_at: '2027-01-01T00:00:00Z', limits: { concurrency: 2 } }));
    const { version: _version, ...shown } = key.stored;
    expect(toKeyInfo(key)).to.deep.equal(shown);
    expect(JSON.stringify(toKeyInfo(key))).not.to.include('the-hash');
  });
});
