import type { RunnerSignature } from '@ollama-coordinator/common';
import type { AgentId, CallerId, Estimate, LearnedSpeed, ModelName } from '@ollama-coordinator/common/balancing';

/** An agent with a model, of which a speed is asked. */
export interface SpeedSubject {
  readonly agent: AgentId;
  readonly model: ModelName;
  /** On disk; 0 = not reported. */
  readonly modelBytes: number;
  /** Of all its GPUs together; 0 = none. */
  readonly vramBytes: number;
}

/** Its speed as it stood when it was asked for. `concurrency`: requests that run on the runner at the same time, this one included. */
export type SpeedAt = (concurrency: number) => LearnedSpeed;

/** What may be expected of agents, models and callers. Seconds and tokens. Cheap, but not for each candidate of each request. */
export interface Expectations {
  speed(subject: SpeedSubject): SpeedAt;
  promptTokens(model: ModelName, bodyBytes: number): Estimate;
  /** `limit`: most tokens that the request asks for. */
  outputTokens(model: ModelName, caller: CallerId, limit?: number): Estimate;
  /** Requests a second of the whole fleet for that runner, over the last minutes; undefined where none was seen. */
  demandPerS(signature: RunnerSignature): number | undefined;
}
