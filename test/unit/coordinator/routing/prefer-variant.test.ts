import { coordinatorConfigSchema, type ModelReport } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createVariantPolicy } from '#coordinator/fleet/variant-policy.js';
import { createPreferVariant } from '#coordinator/routing/prefer-variant.js';
import { anAgent, createScriptedFleet } from '../../../support/scripted-fleet.js';

const MODEL = 'llama3:latest';
const [OLD, NEW] = ['aa', 'bb'].map((digits) => digits.repeat(32)) as [string, string];

const withModel = (digest: string, modified_at: string): ReadonlyMap<string, ModelReport> =>
  new Map([[MODEL, { name: MODEL, digest, size_bytes: 4e9, modified_at }]]);
const old = anAgent({ id: 'old', models: withModel(OLD, '2026-01-01T00:00:00Z') });
const fresh = anAgent({ id: 'fresh', models: withModel(NEW, '2026-02-01T00:00:00Z') });
const twin = { ...fresh, id: 'twin', name: 'twin' };

const rulesOf = (variants: string | Record<string, string>) => coordinatorConfigSchema.parse({ variants }).variants;

function setUp(variants: string | Record<string, string>, ...agents: Parameters<typeof createScriptedFleet>) {
  const fleet = createScriptedFleet(...agents);
  const settings = { variants: rulesOf(variants) };
  const policy = createVariantPolicy(settings);
  const prefer = createPreferVariant({ fleet, policy });
  const preferred = () => {
    const among = prefer.narrow(MODEL);
    return among && [...fleet.snapshot().agents.values()].filter(among.includes).map(({ id }) => id);
  };
  return { fleet, prefer, preferred, settings };
}

describe('createPreferVariant', () => {
  const cases: readonly [string, string | Record<string, string>, readonly string[] | undefined][] = [
    ['prefers the newest', 'newest', ['fresh', 'twin']],
    ['lets any do where an operator says so', 'any', undefined],
    ['prefers a digest by its beginning', `sha256:${OLD.slice(0, 12)}`, ['old']],
    ['prefers the newest where nobody has that digest', 'cc'.repeat(6), ['fresh', 'twin']],
    ['goes by the first pattern that matches', { 'llama3:70b': 'newest', 'llama*': 'any', '*': 'newest' }, undefined],
    ['takes a name without its tag for that of the latest', { llama3: OLD, '*': 'any' }, ['old']],
  ];
  for (const [rule, variants, expected] of cases) {
    it(rule, () => expect(setUp(variants, old, fresh, twin).preferred()).to.deep.equal(expected));
  }

  it('costs nothing where all have the same', () => {
    expect(setUp('newest', fresh, twin).preferred()).to.equal(undefined);
  });

  it('follows the fleet: those that come, go, change their copy, or serve no longer', () => {
    const { fleet, preferred } = setUp('newest', old);
    fleet.put(fresh);
    expect(preferred()).to.deep.equal(['fresh']);
    fleet.put({ ...fresh, status: 'draining' });
    expect(preferred()).to.equal(undefined);
    fleet.put(twin);
    expect(preferred()).to.deep.equal(['fresh', 'twin']);
    fleet.put({ ...old, models: fresh.models });
    expect(preferred()).to.equal(undefined);
    fleet.put(old);
    fleet.remove('fresh', 'twin');
    expect(preferred()).to.equal(undefined);
  });

  it('goes by what an operator changed, at once', () => {
    const { preferred, settings } = setUp('newest', old, fresh);
    settings.variants = rulesOf(OLD);
    expect(preferred()).to.deep.equal(['old']);
    settings.variants = rulesOf('any');
    expect(preferred()).to.equal(undefined);
  });

  it('hears of nothing once it is closed', () => {
    const { fleet, prefer } = setUp('newest', old);
    prefer.close();
    expect(fleet.listeners()).to.equal(0);
  });
});

describe('COORDINATOR_VARIANTS', () => {
  const read = (variants: string) => coordinatorConfigSchema.safeParse({ variants });
  it('is one word, or a list of patterns', () => {
    expect(read('any').data?.variants).to.deep.equal({ '*': 'any' });
    expect(read(`qwen3*=any, llama3.2=sha256:${OLD}`).data?.variants).to.deep.equal({ 'qwen3*': 'any', 'llama3.2': OLD });
  });
  it('is refused where it is neither', () => {
    expect(read('oldest').error?.issues[0]?.message).to.equal('must be newest, any, or at least 12 digits of a digest');
  });
});
