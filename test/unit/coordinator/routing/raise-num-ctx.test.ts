import { type RunnerReport, runnerSchema } from '@ollama-coordinator/common';
import { expect } from 'chai';
import type { RequestContext } from '#coordinator/http/request-context.js';
import { type InferenceRoute, ROUTES } from '#coordinator/http/routes.js';
import { toInferenceRequest } from '#coordinator/routing/inference-request.js';
import { createLookForNumCtx, createRaiseNumCtx } from '#coordinator/routing/raise-num-ctx.js';
import { readAsked } from '#coordinator/routing/read-asked.js';
import { anAgent, modelsOnDisk } from '../../../support/scripted-fleet.js';

const MODEL = 'llama3:latest';

function read(path: string, body: string) {
  const route = ROUTES.find((candidate) => candidate.path === path) as InferenceRoute;
  const context = { id: 'r1', req: { headers: {} }, caller: { id: 'me', scopes: new Set() } } as unknown as RequestContext;
  return toInferenceRequest(context, route, readAsked(context, route, Buffer.from(body)));
}

/** `4096`, `4096 unloading`, or `default 4096` for one that was loaded without the option. */
function runner(text: string): RunnerReport {
  const [, isDefault, context, state = 'ready'] = /^(default )?(\d+)(?: (\w+))?$/.exec(text) ?? [];
  const signature = isDefault ? MODEL : `${MODEL};num_ctx=${context}`;
  return runnerSchema.parse({ model: MODEL, signature, state, context_length: Number(context) });
}

interface Case {
  readonly asks?: string;
  readonly path?: string;
  readonly loaded: readonly string[];
  readonly patterns?: readonly string[];
}

function raise({ asks = '"num_ctx":4096', path = '/api/generate', loaded, patterns = ['llama3'] }: Case) {
  const told: string[] = [];
  const policy = createRaiseNumCtx({
    look: createLookForNumCtx({ raiseNumCtx: [...patterns] }),
    onReloadAvoided: (model, { agent, bytes }) => told.push(`${agent} ${model} ${bytes}`),
  });
  const agents = loaded.map((text, index) => anAgent({ id: `a${index}`, models: modelsOnDisk(MODEL), runners: [runner(text)] }));
  const body = `{"model":"Llama3", "prompt":"x","options":{"seed":1${asks && ','}${asks}}}`;
  const request = policy(read(path, body), () => agents);
  const { options } = JSON.parse(request.body.toString()) as { options: Record<string, unknown> };
  return { ...options, signature: request.facts.signature, notes: request.notes, told };
}

describe('createRaiseNumCtx', () => {
  it('gives a request for less the num_ctx that is loaded, and changes nothing else', () => {
    expect(raise({ loaded: ['8192'] })).to.deep.equal({
      seed: 1,
      num_ctx: 8192,
      signature: `${MODEL};num_ctx=8192`,
      notes: ['num_ctx 4096 became 8192: a0 would have reloaded 4.0 GB (num_ctx=8192 to num_ctx=4096)'],
      told: ['a0 llama3:latest 4000000000'],
    });
  });

  const becomes: readonly [string, Case, number | null][] = [
    ['gives one to a request without', { asks: '', loaded: ['8192'] }, 8192],
    ['takes the least that suffices', { loaded: ['32768', '8192', '2048'] }, 8192],
    ['leaves out what a runner with its default has room for', { asks: '"num_ctx":2048', loaded: ['default 4096'] }, null],
    ['goes by pattern', { loaded: ['8192'], patterns: ['qwen3', 'llama*'] }, 8192],
    ['keeps the other load options apart', { asks: '"num_ctx":4096,"num_gpu":1', loaded: ['8192'] }, 4096],
    ['keeps what is loaded as it is asked for', { loaded: ['8192', '4096'] }, 4096],
    ['keeps what is larger than anything loaded', { asks: '"num_ctx":16384', loaded: ['8192'] }, 16384],
    ['does not count on a runner that goes', { loaded: ['8192 unloading'] }, 4096],
    ['keeps other models', { loaded: ['8192'], patterns: ['qwen3'] }, 4096],
    ['keeps everything where nobody wants it', { loaded: ['8192'], patterns: [] }, 4096],
  ];
  for (const [rule, given, expected] of becomes) {
    it(rule, () => {
      const raised = raise(given);
      expect(raised).to.have.property('num_ctx', expected);
      const changes = !(given.asks ?? '"num_ctx":4096').includes(`"num_ctx":${expected}`);
      expect([raised.notes.length, raised.told.length]).to.deep.equal(changes ? [1, 1] : [0, 0]);
    });
  }

  it('does not make a request without one smaller than it would be', () => {
    expect(raise({ asks: '', loaded: ['2048'] })).not.to.have.property('num_ctx');
  });

  it('leaves /v1 alone, whose requests have no load options', () => {
    expect(raise({ asks: '', path: '/v1/completions', loaded: ['8192'] })).not.to.have.property('num_ctx');
  });
});
