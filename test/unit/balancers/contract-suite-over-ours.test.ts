import { readdirSync } from 'node:fs';
import labelFilter from '@ollama-coordinator/balancer-label-filter';
import leastConnections from '@ollama-coordinator/balancer-least-connections';
import loadBased from '@ollama-coordinator/balancer-load-based';
import modelAffinity from '@ollama-coordinator/balancer-model-affinity';
import pin from '@ollama-coordinator/balancer-pin';
import powerOfTwo from '@ollama-coordinator/balancer-power-of-two';
import predictive from '@ollama-coordinator/balancer-predictive';
import prefixAffinity from '@ollama-coordinator/balancer-prefix-affinity';
import responseTime from '@ollama-coordinator/balancer-response-time';
import roundRobin from '@ollama-coordinator/balancer-round-robin';
import tiers from '@ollama-coordinator/balancer-tiers';
import weightedRoundRobin from '@ollama-coordinator/balancer-weighted-round-robin';
import type { BalancerManifest } from '@ollama-coordinator/common/balancing';
import { balancerContractSuite } from '@ollama-coordinator/common/balancing/contract-suite';
import { expect } from 'chai';

/** Each of ours, as it is and with options that bring out its other branches. */
const ours: readonly [BalancerManifest, ...object[]][] = [
  [labelFilter, { rules: [{ require: { room: 'lab' } }, { models: ['llama*'], prefer: { room: 'attic' }, forbid: { gpu: 'none' } }] }],
  [leastConnections],
  [loadBased, { avoidAt: 0.5, unknownLoad: 0.2 }],
  [modelAffinity],
  [pin, { models: { 'llama3:*': ['room=lab', 'agent-0001'] } }, { models: { llama3: 'a' }, elsewhereS: 20 }],
  [powerOfTwo, { choices: 5 }],
  [predictive, { crowdingWeight: 2, optimism: 0.5, nearShare: 0 }],
  [prefixAffinity, { loadFactor: 1, fill: 0 }],
  [responseTime, { measure: 'total' }],
  [roundRobin],
  [tiers, { overflow: 'never' }, { overflow: 'cost' }],
  [weightedRoundRobin],
];

for (const [manifest, ...options] of ours) {
  for (const given of [{}, ...options]) balancerContractSuite(manifest, given, { describe, it });
}

describe('the contract suite', () => {
  it('runs over every balancer of the repository', () => {
    const folders = readdirSync('balancers', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(ours.map(([{ name }]) => name).sort()).to.deep.equal(folders.map(({ name }) => `@ollama-coordinator/balancer-${name}`).sort());
  });
});

describe('of a large fleet', () => {
  it('balancers of the least cost are content with some; those of turns, tiers, labels, pins and hashes want to see all', () => {
    const content = ours.map(([manifest]) => manifest).filter(({ mostCandidates }) => mostCandidates !== undefined);
    expect(content).to.have.members([leastConnections, loadBased, modelAffinity, predictive, responseTime]);
  });
});
