import labelFilter from '@ollama-coordinator/balancer-label-filter';
import { silentLogger } from '@ollama-coordinator/common';
import type { Balancer } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { agentView, moment } from '../../support/agent-view.js';
import { requestFacts } from '../../support/request-facts.js';

async function create(...rules: readonly object[]): Promise<Balancer> {
  const parsed = labelFilter.options.safeParse({ rules });
  if (!parsed.success) throw new Error(JSON.stringify(parsed.error.issues));
  return labelFilter.create(parsed.data, { log: silentLogger });
}
function problemsOf(rules: unknown): string {
  const parsed = labelFilter.options.safeParse({ rules });
  return parsed.success ? 'accepted' : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}

const a100 = { gpu: 'a100', room: 'lab' };
const never = Number.POSITIVE_INFINITY;

/** Rules, labels of the agent, model, caller → cost. */
const cases: Record<string, [rules: object[], labels: Record<string, string>, model: string, caller: string, cost: number]> = {
  'costs nothing without rules': [[], a100, 'llama3:latest', 'ann', 0],
  'requires a label': [[{ require: { gpu: 'a100' } }], a100, 'llama3:latest', 'ann', 0],
  'refuses an agent that has another value': [[{ require: { gpu: 'h100' } }], a100, 'llama3:latest', 'ann', never],
  'refuses an agent that lacks the label': [[{ require: { disk: 'fast' } }], a100, 'llama3:latest', 'ann', never],
  'takes one of several values': [[{ require: { gpu: ['h100', 'a100'] } }], a100, 'llama3:latest', 'ann', 0],
  'requires all labels': [[{ require: { gpu: 'a100', room: 'attic' } }], a100, 'llama3:latest', 'ann', never],
  'forbids a label': [[{ forbid: { room: 'lab' } }], a100, 'llama3:latest', 'ann', never],
  'forbids any of several labels': [[{ forbid: { room: 'attic', gpu: ['a100'] } }], a100, 'llama3:latest', 'ann', never],
  'lets others pass': [[{ forbid: { room: 'attic' } }], a100, 'llama3:latest', 'ann', 0],
  'prefers a label by a penalty on the others': [[{ prefer: { room: 'attic' } }], a100, 'llama3:latest', 'ann', 60],
  'takes the penalty that it is told': [[{ prefer: { room: 'attic' }, penaltyS: 5 }], a100, 'llama3:latest', 'ann', 5],
  'adds up several rules': [
    [
      { prefer: { room: 'attic' }, penaltyS: 5 },
      { prefer: { gpu: 'h100' }, penaltyS: 7 },
    ],
    a100,
    'llama3:latest',
    'ann',
    12,
  ],
  'holds for the model named': [[{ models: ['llama3'], forbid: { room: 'lab' } }], a100, 'llama3:latest', 'ann', never],
  'holds for no other tag': [[{ models: ['llama3'], forbid: { room: 'lab' } }], a100, 'llama3:70b', 'ann', 0],
  'holds for every model that the stars describe': [
    [{ models: ['qwen*', 'llama3:70b*'], forbid: { room: 'lab' } }],
    a100,
    'llama3:70b-q4',
    'ann',
    never,
  ],
  'takes dots and plusses for what they are': [[{ models: ['llama3.2:*'], forbid: { room: 'lab' } }], a100, 'llama3x2:3b', 'ann', 0],
  'holds for the callers named': [[{ callers: ['guest-*'], forbid: { room: 'lab' } }], a100, 'llama3:latest', 'guest-7', never],
  'holds for no other caller': [[{ callers: ['guest-*'], forbid: { room: 'lab' } }], a100, 'llama3:latest', 'ann', 0],
  'needs both, model and caller': [[{ models: ['qwen*'], callers: ['ann'], forbid: { room: 'lab' } }], a100, 'llama3:latest', 'ann', 0],
};

describe('balancer-label-filter', () => {
  for (const [what, [rules, labels, model, caller, expected]] of Object.entries(cases)) {
    it(what, async () => {
      const balancer = await create(...rules);
      const request = requestFacts(model, { caller });
      const agent = agentView('a', { labels });
      expect(balancer.cost?.(request, agent, moment())).to.equal(expected);
      expect((balancer.explain?.(request, agent, moment()) ?? []).reduce((sum, { seconds }) => sum + seconds, 0)).to.equal(expected);
    });
  }
  it('keeps requests apart that are asked in turn', async () => {
    const balancer = await create({ models: ['llama3'], forbid: { room: 'lab' } });
    const agent = agentView('a', { labels: a100 });
    const cost = (model: string) => balancer.cost?.(requestFacts(model), agent, moment());
    expect([cost('llama3:latest'), cost('qwen3:latest'), cost('llama3:latest')]).to.deep.equal([never, 0, never]);
  });
  it('explains by number and words of each rule', async () => {
    const balancer = await create(
      { callers: ['nobody'], require: { gpu: 'h100' } },
      { require: { gpu: ['a100', 'h100'] }, prefer: { room: 'attic' }, penaltyS: 9 },
    );
    const parts = balancer.explain?.(requestFacts('llama3:latest'), agentView('a', { labels: a100 }), moment());
    expect(parts).to.deep.equal([{ name: 'rule 2 requires gpu=a100|h100, prefers room=attic', seconds: 9 }]);
  });
  it('refuses rules that say nothing, or have a misspelt word, by their path', () => {
    expect(problemsOf([{ models: ['x'] }])).to.match(/rules\.0: has none of require, forbid and prefer/);
    expect(problemsOf([{ require: { gpu: 'a' } }, { requires: { gpu: 'a' } }])).to.match(/rules\.1.*requires/);
    expect(problemsOf([{ require: {} }])).to.match(/rules\.0\.require: names no label/);
    expect(problemsOf([{ prefer: { gpu: 'a' }, penaltyS: -1 }])).to.match(/rules\.0\.penaltyS/);
  });
});
