import { readFileSync } from 'node:fs';
import {
  makeTrace,
  parseFleet,
  parseTrace,
  resolveInput,
  SHIPPED_SEED,
  SYNTHETIC_TRACES,
  shippedNames,
} from '@ollama-coordinator/simulator';
import { expect } from 'chai';

describe('the shipped traces', () => {
  it('are all those that the generator knows', () => {
    expect(shippedNames('trace')).to.deep.equal([...SYNTHETIC_TRACES].sort());
  });

  for (const kind of SYNTHETIC_TRACES) {
    it(`${kind} is what the generator makes of its seed (node scripts/make-traces.mjs)`, () => {
      const text = readFileSync(resolveInput('trace', kind), 'utf8');
      expect(text === makeTrace(kind, SHIPPED_SEED)).to.equal(true);
      expect(parseTrace(text, kind).requests.length).to.be.within(300, 5000);
    });
  }

  it('have sessions whose prompts grow', () => {
    const { requests } = parseTrace(readFileSync(resolveInput('trace', 'sessions'), 'utf8'), 'sessions');
    const last = new Map<string, number>();
    for (const { session = '', inputTokens } of requests) {
      expect(inputTokens).to.be.above(last.get(session) ?? 0);
      last.set(session, inputTokens);
    }
    expect(last.size).to.be.above(50);
  });
});

describe('the shipped fleets', () => {
  for (const name of shippedNames('fleet')) {
    it(`${name} can be read`, () => {
      const fleet = parseFleet(readFileSync(resolveInput('fleet', name), 'utf8'), name);
      expect(fleet.machines.length).to.be.at.least(6);
    });
  }
});
