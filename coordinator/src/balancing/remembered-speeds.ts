import type { AgentView, LearnedSpeed, ModelName } from '@ollama-coordinator/common/balancing';
import type { Expectations, SpeedSubject } from './learned/expectations.js';

/** One agent's speeds, kept until something was learned: they are asked for by every decision, and cost more than one. */
export interface RememberedSpeeds {
  readonly ask: AgentView['speed'];
  forget(): void;
}

export function createRememberedSpeeds(expectations: Expectations, subjectOf: (model: ModelName) => SpeedSubject): RememberedSpeeds {
  const byModel = new Map<ModelName, LearnedSpeed[]>();
  // What was asked last is found by comparing two values: nearly always it is asked again.
  let askedModel: ModelName | undefined;
  let askedConcurrency = 0;
  let answer: LearnedSpeed | undefined;

  function recall(model: ModelName, concurrency: number): LearnedSpeed {
    const speeds = byModel.get(model) ?? [];
    if (speeds.length === 0) byModel.set(model, speeds);
    const known = speeds[concurrency];
    if (known) return known;
    const speed = expectations.speed(subjectOf(model), concurrency);
    speeds[concurrency] = speed;
    return speed;
  }
  return {
    ask(model, concurrency) {
      if (answer !== undefined && model === askedModel && concurrency === askedConcurrency) return answer;
      askedModel = model;
      askedConcurrency = concurrency;
      answer = recall(model, concurrency);
      return answer;
    },
    forget() {
      byModel.clear();
      answer = undefined;
    },
  };
}
