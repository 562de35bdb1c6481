import type { Request } from '@ollama-coordinator/common';
import type { Registry } from 'prom-client';
import { createHeldCounter, createHeldHistogram, type HeldCounter, type HeldHistogram } from './held-metrics.js';

const SECONDS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
/** A load that took no longer is a model that was loaded. */
const LEAST_LOAD_MS = 100;

/** What is counted of each request. Called once per request and attempt. */
export interface RequestMetrics {
  settled(request: Request): void;
  /** `result`: how an attempt on the agent ended. */
  attempted(agentName: string, result: string): void;
}

/** The figures of one model on one agent; both names are empty where no agent served it. */
interface PairFigures {
  readonly ended: Remembered<HeldCounter>;
  readonly durationS: HeldHistogram;
  readonly firstByteS: HeldHistogram;
  readonly loadS: HeldHistogram;
  readonly promptTokens: HeldCounter;
  readonly outputTokens: HeldCounter;
}

export function createRequestMetrics(registry: Registry, prefix: string): RequestMetrics {
  const named = (name: string, help: string, ...labelNames: string[]) => ({ name: prefix + name, help, labelNames, registry });
  const requests = createHeldCounter(named('requests_total', 'Requests that ended, by how', 'agent', 'model', 'status'));
  const attempts = createHeldCounter(named('attempts_total', 'Attempts on agents, by how each ended', 'agent', 'result'));
  const histogram = (...names: Parameters<typeof named>) => createHeldHistogram(named(...names), SECONDS);
  const durationS = histogram('request_duration_seconds', 'From arrival to the last byte', 'agent', 'model');
  const firstByteS = histogram('first_byte_seconds', 'From arrival to the first byte', 'agent', 'model');
  const queueS = histogram('queue_seconds', 'Time spent waiting for a slot', 'model');
  const loadS = histogram('model_load_seconds', 'Model loads that a request waited for', 'agent', 'model');
  const promptTokens = createHeldCounter(named('prompt_tokens_total', 'Prompt tokens read', 'agent', 'model'));
  const outputTokens = createHeldCounter(named('output_tokens_total', 'Tokens generated', 'agent', 'model'));

  const pairs = new Remembered<Remembered<PairFigures>>();
  const queues = new Remembered<HeldHistogram>();
  const results = new Remembered<Remembered<HeldCounter>>();

  const makePair = (agent: string, model: string): PairFigures => ({
    ended: new Remembered(),
    durationS: durationS(agent, model),
    firstByteS: firstByteS(agent, model),
    loadS: loadS(agent, model),
    promptTokens: promptTokens(agent, model),
    outputTokens: outputTokens(agent, model),
  });

  return {
    settled(request) {
      const { status, agent_name: agent = '' } = request;
      const model = request.agent_id === undefined ? '' : request.model;
      const pair = pairs.of(agent, () => new Remembered()).of(model, () => makePair(agent, model));
      pair.ended.of(status, () => requests(agent, model, status)).value += 1;
      pair.durationS.observe(request.total_ms / 1000);
      queues.of(model, () => queueS(model)).observe(request.queue_ms / 1000);
      if (request.first_byte_ms !== undefined) pair.firstByteS.observe(request.first_byte_ms / 1000);
      if (request.load_ms !== undefined && request.load_ms > LEAST_LOAD_MS) pair.loadS.observe(request.load_ms / 1000);
      pair.promptTokens.value += request.prompt_tokens ?? 0;
      pair.outputTokens.value += request.output_tokens ?? 0;
    },
    attempted(agent, result) {
      results.of(agent, () => new Remembered()).of(result, () => attempts(agent, result)).value += 1;
    },
  };
}

/** Makes what is asked for the first time. */
class Remembered<Value> {
  readonly #values = new Map<string, Value>();

  of(name: string, make: () => Value): Value {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const made = make();
    this.#values.set(name, made);
    return made;
  }
}
