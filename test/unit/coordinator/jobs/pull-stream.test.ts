import type { Job, JobPart } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createPullStream, type PullRecord } from '#coordinator/jobs/pull-stream.js';

const DIGEST = 'sha256:3eb8b3bb8ce4ec483b53c45ae5c71d6bb0b99a0859ef586b33d1aa103dd14bf8';
const pulling = (total: number, completed: number) => ({ status: 'pulling 3eb8b3bb8ce4', digest: DIGEST, total, completed });

function aJob(state: Job['state'], parts: readonly Partial<JobPart>[], over: Partial<Job> = {}): Job {
  return {
    id: 'job-1',
    kind: 'pull',
    model: 'm',
    state,
    caller: 'me',
    created_at: '',
    attempts: 1,
    max_attempts: 5,
    total_bytes: 0,
    completed_bytes: 0,
    layers: [{ digest: DIGEST, total: 100 }],
    parts: parts.map((part, index) => ({ agent_id: `a${index}`, agent: `a${index}`, state: 'active', completed: [], ...part })),
    ...over,
  };
}

function play(...jobs: readonly Job[]): PullRecord[] {
  const recordsOf = createPullStream();
  return jobs.flatMap(recordsOf);
}

describe('createPullStream', () => {
  it('says what Ollama says of one agent', () => {
    const records = play(
      aJob('waiting', [{ state: 'waiting' }], { layers: [] }),
      aJob('active', [{ phase: 'manifest' }]),
      aJob('active', [{ phase: 'manifest', completed: [40] }]),
      aJob('active', [{ phase: 'verifying', completed: [100] }]),
      aJob('completed', [{ state: 'completed', completed: [100] }]),
    );
    expect(records).to.deep.equal([
      { status: 'pulling manifest' },
      pulling(100, 0),
      pulling(100, 40),
      pulling(100, 100),
      { status: 'verifying sha256 digest' },
      { status: 'writing manifest' },
      { status: 'success' },
    ]);
  });

  it('adds the agents up, under a total that stays, and never goes back', () => {
    const records = play(
      aJob('active', [{ completed: [60] }, { completed: [] }]),
      aJob('active', [{ completed: [20] }, { completed: [30] }]),
      aJob('active', [{ state: 'completed', completed: [] }, { completed: [30] }]),
    );
    expect(records.slice(1)).to.deep.equal([pulling(200, 60), pulling(200, 130)]);
  });

  it('goes on to a later status when the last agent that has not failed gets there', () => {
    const records = play(
      aJob('active', [{ phase: 'writing' }, { phase: 'pulling' }, { state: 'failed' }], { layers: [] }),
      aJob('active', [{ phase: 'writing' }, { phase: 'verifying' }, { state: 'failed' }], { layers: [] }),
    );
    expect(records.slice(1)).to.deep.equal([{ status: 'verifying sha256 digest' }]);
  });

  it('tells everything to who comes when all is over', () => {
    expect(play(aJob('completed', [{ state: 'completed', completed: [100] }])).map((record) => Object.values(record)[0])).to.deep.equal([
      'pulling manifest',
      'pulling 3eb8b3bb8ce4',
      'verifying sha256 digest',
      'writing manifest',
      'success',
    ]);
  });

  for (const state of ['failed', 'cancelled'] as const) {
    it(`ends in an error when the job is ${state}`, () => {
      const records = play(aJob(state, [{ state: 'failed' }], { error: 'for a reason', layers: [] }));
      expect(records).to.deep.equal([{ status: 'pulling manifest' }, { error: 'for a reason' }]);
    });
  }
});
