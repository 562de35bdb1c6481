import type { RunnerSignature } from '@ollama-coordinator/common';
import type { AgentId, BlockHash, Runner } from '@ollama-coordinator/common/balancing';

/** A prompt that a runner holds. */
export interface WarmPrompt {
  /** Its leading blocks, longest last. */
  readonly prefix: readonly BlockHash[];
  readonly bodyBytes: number;
}

/** What a runner holds of all its prompts; see Runner. */
export type WarmBlocks = Pick<Runner, 'warm' | 'warmBytes'>;

/**
 * Which beginnings of prompts runners hold in their caches: Ollama keeps one prompt per slot, the latest ones. Bounded by
 * the runners there are.
 */
export interface WarmPrefixes {
  /** A prompt with these leading blocks, in a body of so many bytes, was sent to the runner, which has so many slots. */
  sent(agent: AgentId, runner: { readonly signature: RunnerSignature; readonly slots: number }, prompt: WarmPrompt): void;
  on(agent: AgentId, signature: RunnerSignature): WarmBlocks;
  /** The runner was unloaded; without a signature the agent left. */
  forget(agent: AgentId, signature?: RunnerSignature): void;
}

export const NOT_WARM: WarmBlocks = { warm: new Set() };
/** Slots of one runner whose prompts are remembered. */
const MOST_SLOTS = 64;

interface WarmRunner {
  /** Oldest first. */
  readonly prompts: WarmPrompt[];
  /** Of all of them; undefined after one was added. */
  blocks: WarmBlocks | undefined;
}

export function createWarmPrefixes(): WarmPrefixes {
  const agents = new Map<AgentId, Map<RunnerSignature, WarmRunner>>();
  return {
    sent(agent, { signature, slots }, prompt) {
      if (prompt.prefix.length === 0) return;
      const runners = agents.get(agent) ?? new Map<RunnerSignature, WarmRunner>();
      agents.set(agent, runners);
      const runner = runners.get(signature) ?? { prompts: [], blocks: undefined };
      runners.set(signature, runner);
      replaceContinued(runner.prompts, prompt);
      while (runner.prompts.length > Math.min(slots, MOST_SLOTS)) runner.prompts.shift();
      runner.blocks = undefined;
    },
    on(agent, signature) {
      const runner = agents.get(agent)?.get(signature);
      if (!runner) return NOT_WARM;
      runner.blocks ??= blocksOf(runner.prompts);
      return runner.blocks;
    },
    forget(agent, signature) {
      if (signature === undefined) agents.delete(agent);
      else agents.get(agent)?.delete(signature);
    },
  };
}

function blocksOf(prompts: readonly WarmPrompt[]): WarmBlocks {
  return {
    warm: new Set(prompts.flatMap(({ prefix }) => prefix)),
    warmBytes: new Map(prompts.flatMap(({ prefix, bodyBytes }) => prefix.slice(-1).map((last) => [last, bodyBytes]))),
  };
}

/** Ollama takes the slot whose prompt is most like the new one: one that this prompt goes on with makes way for it. */
function replaceContinued(prompts: WarmPrompt[], prompt: WarmPrompt): void {
  const { prefix } = prompt;
  const continued = prompts.findIndex((known) => known.prefix.at(-1) === prefix[known.prefix.length - 1]);
  if (continued >= 0) prompts.splice(continued, 1);
  prompts.push(prompt);
}
