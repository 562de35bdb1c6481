import { agentSchema } from '@ollama-coordinator/common';
import { expect } from 'chai';
import fc from 'fast-check';
import { toRecord } from '#coordinator/registry/agent-entry.js';
import { type AgentHash, entryFromHash, entryToHash } from '#coordinator/registry/agent-hash.js';
import { toAgent } from '#coordinator/registry/to-agent.js';
import { buildHeartbeat } from '../../../support/build-agent.js';
import { heardAt, onlineEntry } from '../../../support/build-entry.js';

const whole = entryToHash(onlineEntry());
const { id } = onlineEntry();
const alive = JSON.stringify(buildHeartbeat({ agent_id: id }));
const read = (hash: AgentHash, heartbeat: string | null = alive) => entryFromHash(id, hash, heartbeat, heardAt(0), undefined);
/** As `GET /api/agents` shows it; undefined where the entry is passed over. */
const shown = (hash: AgentHash, heartbeat?: string | null) => {
  const entry = read(hash, heartbeat);
  return entry && agentSchema.parse(JSON.parse(JSON.stringify(toAgent(toRecord(entry)))));
};

describe('entryFromHash', () => {
  it('reads what entryToHash wrote', () => {
    expect(read(whole)).to.deep.include({ id, registration: onlineEntry().registration, registeredAtMs: onlineEntry().registeredAtMs });
    expect(shown(whole)).to.include({ id, incarnation: 1 });
  });

  for (const [field, broken] of [
    ['incarnation', 'x'],
    ['incarnation', ''],
    ['registration', '{'],
    ['registration', '{"slots":1}'],
  ] as const) {
    it(`passes over an entry whose ${field} is "${broken}"`, () => {
      expect(read({ ...whole, [field]: broken })).to.equal(undefined);
    });
  }

  it('takes an entry without a readable time for one that registered as it was heard', () => {
    for (const broken of ['x', '', '1e99']) expect(read({ ...whole, registered_at: broken })?.registeredAtMs).to.equal(heardAt(0).wallMs);
  });

  it('gives an agent that can be shown, or none, whatever Redis holds', () => {
    const texts = fc.oneof(fc.string(), fc.json(), fc.constantFrom('', '0', '-1', '1', 'NaN', '1e99', '9'.repeat(400), 'null', '[]', '{}'));
    const torn = (text: string) => fc.nat(text.length).map((end) => text.slice(0, end));
    const fields = [...Object.keys(whole), 'operator_name', 'operator_labels', 'operator_weight', 'operator_tier', 'credential_generation'];
    const changes = fc.array(
      fc.constantFrom(...fields).chain((field) => fc.tuple(fc.constant(field), fc.oneof(texts, torn(whole[field] ?? '')))),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(changes, fc.oneof(fc.constant(null), fc.constant(alive), texts, torn(alive)), (changed, heartbeat) => {
        shown({ ...whole, ...Object.fromEntries(changed) }, heartbeat);
      }),
      { numRuns: 2000 },
    );
  });
});
