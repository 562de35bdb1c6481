import pin from '@ollama-coordinator/balancer-pin';
import { silentLogger } from '@ollama-coordinator/common';
import type { Balancer } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { agentView, moment } from '../../support/agent-view.js';
import { requestFacts } from '../../support/request-facts.js';

async function create(options: object): Promise<Balancer> {
  const parsed = pin.options.safeParse(options);
  if (!parsed.success) throw new Error(JSON.stringify(parsed.error.issues));
  return pin.create(parsed.data, { log: silentLogger });
}

const agents = [
  agentView('id-1', { name: 'gpu-1' }),
  agentView('id-2', { name: 'gpu-2', labels: { room: 'lab' } }),
  agentView('id-3', { name: 'gpu-3', labels: { room: 'lab' } }),
];
const models = { 'llama3:70b': 'gpu-1', 'qwen3:*': ['id-1', 'room=lab'], 'qwen*': 'gpu-3' };

/** Options, model → cost on each of the three agents. */
const never = Number.POSITIVE_INFINITY;
const cases: Record<string, [options: object, model: string, costs: number[]]> = {
  'leaves other models alone': [{ models }, 'llama3:8b', [0, 0, 0]],
  'leaves all models alone without options': [{}, 'llama3:70b', [0, 0, 0]],
  'keeps a model on the agent named': [{ models }, 'llama3:70b', [0, never, never]],
  'takes ids and labels': [{ models: { 'llama3:8b': ['id-2', 'room=attic'] } }, 'llama3:8b', [never, 0, never]],
  'takes the first name that describes the model': [{ models }, 'qwen3:8b', [0, 0, 0]],
  'takes a later one for the rest': [{ models }, 'qwen2.5:7b', [never, never, 0]],
  'lets others help out at a price': [{ models, elsewhereS: 60 }, 'llama3:70b', [0, 60, 60]],
  'means latest where no tag is given': [{ models: { Llama3: 'gpu-1' } }, 'llama3:latest', [0, never, never]],
};

describe('balancer-pin', () => {
  for (const [what, [options, model, costs]] of Object.entries(cases)) {
    it(what, async () => {
      const balancer = await create(options);
      expect(agents.map((agent) => balancer.cost?.(requestFacts(model), agent, moment()))).to.deep.equal(costs);
    });
  }
  it('explains where the model belongs', async () => {
    const balancer = await create({ models });
    const explain = (model: string) => balancer.explain?.(requestFacts(model), agents[2]!, moment());
    expect(explain('llama3:70b')).to.deep.equal([{ name: 'pinned to gpu-1', seconds: never }]);
    expect(explain('qwen3:8b')).to.deep.equal([{ name: 'pinned to id-1 or room=lab', seconds: 0 }]);
    expect(explain('llama3:8b')).to.deep.equal([{ name: 'not pinned', seconds: 0 }]);
  });
  it('refuses a pin to nobody', () => {
    expect(pin.options.safeParse({ models: { llama3: [] } }).success).to.equal(false);
    expect(pin.options.safeParse({ models: { llama3: '' } }).success).to.equal(false);
  });
});
