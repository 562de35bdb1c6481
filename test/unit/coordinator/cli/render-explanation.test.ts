import type { Explanation } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { renderExplanation } from '#coordinator/cli/render-explanation.js';

const explanation: Explanation = {
  request: {
    model: 'llama3:latest',
    signature: 'llama3:latest;num_ctx=8192',
    operation: 'chat',
    caller: 'ann',
    prompt_tokens: 4000,
    output_tokens: 200,
  },
  balancers: [
    { name: 'tiers', weight: 1, chooses: false },
    { name: 'least-connections', weight: 2, chooses: false },
  ],
  choice: { agent_id: 'a', agent_name: 'gpu-1', waits: false, why: 'lowest cost of 2 (5 s)' },
  candidates: [
    {
      agent_id: 'a',
      agent_name: 'gpu-1',
      cost_s: 5.123456,
      free: true,
      requests_ahead: 0,
      chosen: true,
      parts: [
        { balancer: 'tiers', name: 'tier 0', seconds: 0 },
        { balancer: 'least-connections', name: 'in flight', seconds: 5.123456 },
        { balancer: 'least-connections', name: 'suspect', seconds: 0 },
      ],
    },
    {
      agent_id: 'b',
      agent_name: 'laptop',
      cost_s: 100_020,
      free: false,
      requests_ahead: 2,
      chosen: false,
      parts: [
        { balancer: 'tiers', name: 'tier 1', seconds: 100_000 },
        { balancer: 'least-connections', name: 'in flight', seconds: 20 },
        { balancer: 'least-connections', name: 'suspect', seconds: 0 },
      ],
      note: 'failed lately',
    },
  ],
  rejected: [{ agent_id: 'c', agent_name: 'gpu-3', reason: 'offline', fix: 'start the agent on gpu-3' }],
};

describe('renderExplanation', () => {
  it('shows candidates as a table with the parts that matter, the rejected with what helps, and the choice', () => {
    expect(renderExplanation(explanation)).to.equal(
      [
        'chat with llama3:latest, num_ctx=8192 for ann: 4000 prompt tokens, 200 to generate',
        'decided by tiers + least-connections × 2',
        '',
        '  AGENT   COST       SLOT     in flight  tier 1',
        '→ gpu-1   5.12 s     free     5.12 s     0',
        '  laptop  100,000 s  2 ahead  20 s       100,000 s  failed lately',
        '',
        'NOT    WHY      WHAT HELPS',
        'gpu-3  offline  start the agent on gpu-3',
        '',
        '→ gpu-1: lowest cost of 2 (5 s)',
      ].join('\n'),
    );
  });
  it('tells parts of the same name apart', () => {
    const [first] = explanation.candidates;
    const parts = ['tiers', 'least-connections'].map((balancer) => ({ balancer, name: 'wait', seconds: 3 }));
    const text = renderExplanation({ ...explanation, candidates: [{ ...first!, parts }] });
    expect(text).to.include('tiers wait  least-connections wait');
  });
  it('says that the request would wait, or what it would be answered', () => {
    const choice = (over: Partial<Explanation['choice']>) =>
      renderExplanation({ ...explanation, choice: { ...explanation.choice, ...over } })
        .split('\n')
        .at(-1);
    expect(choice({ waits: true })).to.equal('→ gpu-1, where it would wait for the next slot: lowest cost of 2 (5 s)');
    const nobody = renderExplanation({
      ...explanation,
      candidates: [],
      rejected: [],
      choice: { waits: false, why: 'nobody is there', error_code: 'NO_AGENTS' },
    });
    expect(nobody).to.match(/\n\n✗ nobody is there \(NO_AGENTS\)$/);
  });
  it('names a balancer that failed', () => {
    const balancers = [{ name: 'mine', weight: 1, chooses: true, problem: 'no' }];
    expect(renderExplanation({ ...explanation, balancers })).to.include('decided by mine\n! mine failed: no');
  });
});
