import type { AgentView, LearnedSpeed, ModelName } from '@ollama-coordinator/common/balancing';
import type { Expectations, SpeedAt, SpeedSubject } from './learned/expectations.js';

/** One agent's speeds, kept until something was learned: they are asked for by every decision, and cost more than one. */
export interface RememberedSpeeds {
  readonly ask: AgentView['speed'];
  forget(): void;
}

/** What is known of one model. */
interface Known {
  readonly speedAt: SpeedAt;
  /** By the requests at the same time. */
  readonly speeds: LearnedSpeed[];
}

export function createRememberedSpeeds(expectations: Expectations, subjectOf: (model: ModelName) => SpeedSubject): RememberedSpeeds {
  const byModel = new Map<ModelName, Known>();
  // What was asked last is found by comparing two values: nearly always it is asked again.
  let askedModel: ModelName | undefined;
  let askedConcurrency = 0;
  let answer: LearnedSpeed | undefined;

  function recall(model: ModelName, concurrency: number): LearnedSpeed {
    const { speedAt, speeds } = byModel.get(model) ?? learn(model);
    speeds[concurrency] ??= speedAt(concurrency);
    return speeds[concurrency];
  }
  function learn(model: ModelName): Known {
    const known = { speedAt: expectations.speed(subjectOf(model)), speeds: [] };
    byModel.set(model, known);
    return known;
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
