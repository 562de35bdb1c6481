import type { Agent, DashboardMessage } from '@ollama-coordinator/common';
import type { PageState } from '../../../src/dashboard/page-state.js';

/** What a page saw of one agent over the last minutes, oldest first; a figure that was not reported is undefined. */
export interface AgentSamples {
  readonly cpu: readonly (number | undefined)[];
  readonly memory: readonly (number | undefined)[];
  readonly gpu: readonly (number | undefined)[];
  readonly tokensPerS: readonly number[];
}

export type Samples = ReadonlyMap<string, AgentSamples>;

/** Five minutes. */
const KEPT = 60;
const SAMPLE_MS = 5000;
/** A fifth of the agents each second, so that never all rows are drawn at once. */
const TURNS = 5;

/** Samples what the connection tells. */
export class Telemetry {
  #samples: Samples = new Map();
  readonly #tokens = new Map<string, number>();
  #turn = 0;

  /** Counts the tokens of answers that ended. */
  receive(message: DashboardMessage): void {
    if (message.type !== 'change') return;
    for (const { agent_id: id, output_tokens: tokens } of message.requests ?? []) {
      if (id !== undefined && tokens !== undefined) this.#tokens.set(id, (this.#tokens.get(id) ?? 0) + tokens);
    }
  }

  /** Called once a second; samples the agents whose turn it is. */
  sample(fleet: PageState): Samples {
    const next = new Map<string, AgentSamples>();
    let index = 0;
    for (const agent of fleet.agents.values()) {
      const before = this.#samples.get(agent.id);
      if (index % TURNS === this.#turn || before === undefined) next.set(agent.id, this.#add(before, agent));
      else next.set(agent.id, before);
      index += 1;
    }
    this.#turn = (this.#turn + 1) % TURNS;
    this.#samples = next;
    return next;
  }

  #add(before: AgentSamples | undefined, { id, metrics, status }: Agent): AgentSamples {
    const isAway = status === 'offline';
    const loads = metrics.gpus.map(({ load }) => load).filter((load) => load !== undefined);
    const tokens = this.#tokens.get(id) ?? 0;
    this.#tokens.delete(id);
    return {
      cpu: added(before?.cpu, isAway ? undefined : metrics.cpu),
      memory: added(before?.memory, isAway ? undefined : metrics.memory),
      gpu: added(before?.gpu, isAway || loads.length === 0 ? undefined : Math.max(...loads)),
      tokensPerS: added(before?.tokensPerS, (tokens * 1000) / SAMPLE_MS),
    };
  }
}

function added<T>(values: readonly T[] = [], value: T): readonly T[] {
  return [...values.slice(1 - KEPT), value];
}
