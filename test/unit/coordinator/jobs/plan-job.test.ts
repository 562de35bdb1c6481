import type { JobRequest } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { planJob } from '#coordinator/jobs/plan-job.js';
import { anAgent, createScriptedFleet } from '../../../support/scripted-fleet.js';

const { snapshot } = createScriptedFleet(anAgent({ id: 'one' }), anAgent({ id: 'two', labels: { gpu: 'yes' } }));
const deps = { snapshot: snapshot(), pullAgents: 1 };
const pull = (over: Partial<JobRequest> = {}) => ({ kind: 'pull', model: 'm', source: 'auto', insecure: false, ...over }) as JobRequest;
const sameness = (request: JobRequest, header?: string) => planJob(request, header, deps).sameness;

describe('planJob', () => {
  it('finds the same in another spelling of the model and of the agents', () => {
    const wanted = sameness(pull({ agents: 'one,two' } as Partial<JobRequest>));
    expect(sameness(pull({ model: 'library/M:latest', agents: ['two', 'one'] } as Partial<JobRequest>))).to.equal(wanted);
    expect(sameness(pull(), 'all')).to.equal(wanted);
    expect(sameness(pull({ agents: 2 } as Partial<JobRequest>))).to.equal(sameness(pull(), '2'));
  });

  for (const [name, other] of [
    ['other agents', pull({ agents: 'one' } as Partial<JobRequest>)],
    ['another source', pull({ source: 'registry' } as Partial<JobRequest>)],
    ['another model', pull({ model: 'm:8b' })],
  ] as const) {
    it(`tells apart: ${name}`, () => {
      expect(sameness(other)).to.not.equal(sameness(pull()));
    });
  }

  it('chooses by labels', () => {
    expect(planJob(pull(), 'gpu=yes', deps).targets).to.deep.equal([{ agent_id: 'two', agent: 'two' }]);
  });
});
