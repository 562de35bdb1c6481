import type { Job, JobPart } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { describeJob, drawJob } from '#coordinator/cli/draw-job.js';
import { progressBar } from '#coordinator/cli/progress-bar.js';

const part = (agent: string, over: Partial<JobPart> = {}): JobPart => ({
  agent_id: agent,
  agent,
  state: 'waiting',
  completed: [],
  ...over,
});

function aJob(over: Partial<Job> = {}): Job {
  return {
    id: 'job-1',
    kind: 'pull',
    model: 'm',
    state: 'active',
    caller: 'me',
    created_at: '',
    attempts: 1,
    max_attempts: 5,
    total_bytes: 200_000_000,
    completed_bytes: 50_000_000,
    layers: [{ digest: 'd', total: 100_000_000 }],
    parts: [part('one', { state: 'active', source: 'registry', completed: [50_000_000] }), part('second')],
    ...over,
  };
}

const draw = (job: Job, columns = 100) => drawJob(job, { columns, bytesPerS: 10_000_000, mostAgents: 10 });

describe('progressBar', () => {
  for (const [share, bar] of [
    [0, '▕    ▏'],
    [0.5, '▕██  ▏'],
    [0.53, '▕██▏ ▏'],
    [1, '▕████▏'],
    [7, '▕████▏'],
  ] as const) {
    it(`is ${bar} at ${share}`, () => expect(progressBar(share, 4)).to.equal(bar));
  }
});

describe('drawJob', () => {
  it('draws the whole and each agent', () => {
    expect(draw(aJob())[0]).to.match(/^pulling m {2}25 % ▕█+.* *▏ 50\.0 MB of 200 MB {2}10\.0 MB\/s {2}15 s left$/);
    expect(draw(aJob()).slice(1)).to.deep.equal([`  one     ▕${'█'.repeat(20)}${' '.repeat(20)}▏  50 % from registry`, '  second  waits']);
  });

  it('is never wider than the terminal', () => {
    for (const columns of [20, 40, 60, 200]) for (const line of draw(aJob(), columns)) expect([...line].length).to.be.at.most(columns);
  });

  it('counts the agents that have no room', () => {
    const parts = Array.from({ length: 30 }, (_, index) => part(`a${index}`));
    expect(drawJob(aJob({ parts }), { columns: 80, bytesPerS: undefined, mostAgents: 3 }).at(-1)).to.equal('  and 27 more');
  });

  it('says what an agent does, or why it failed', () => {
    const parts = [
      part('a', { state: 'completed', source: 'b' }),
      part('b', { state: 'failed', error: 'no disk' }),
      part('c', { state: 'active', phase: 'verifying', completed: [100_000_000] }),
    ];
    expect(draw(aJob({ parts })).slice(1)).to.deep.equal([
      '  a  done from b',
      '  b  failed: no disk',
      `  c  ▕${'█'.repeat(40)}▏ 100 % verifying`,
    ]);
  });
});

describe('describeJob', () => {
  for (const [over, line] of [
    [{}, 'pulling m: active, 0 of 2 agents,  25 %'],
    [{ state: 'retrying', error: 'no way' }, 'pulling m: waiting to try again (no way), 0 of 2 agents,  25 %'],
    [{ state: 'completed' }, 'pulling m: done on one, second'],
    [{ state: 'failed', error: 'no disk' }, 'pulling m: failed: no disk'],
  ] as const) {
    it(`says "${line}"`, () => expect(describeJob(aJob(over))).to.equal(line));
  }
});
