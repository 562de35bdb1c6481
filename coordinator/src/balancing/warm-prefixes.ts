import type { RunnerSignature } from '@ollama-coordinator/common';
import type { AgentId, BlockHash } from '@ollama-coordinator/common/balancing';

/** A prompt's leading blocks, longest last. */
type Prefix = readonly BlockHash[];

/**
 * Which beginnings of prompts runners hold in their caches: Ollama keeps one prompt per slot, the latest ones. Bounded by
 * the runners there are.
 */
export interface WarmPrefixes {
  /** A prompt with these leading blocks was sent to the runner, which has so many slots. */
  sent(agent: AgentId, signature: RunnerSignature, slots: number, prefix: Prefix): void;
  on(agent: AgentId, signature: RunnerSignature): ReadonlySet<BlockHash>;
  /** The runner was unloaded; without a signature the agent left. */
  forget(agent: AgentId, signature?: RunnerSignature): void;
}

const NOT_WARM: ReadonlySet<BlockHash> = new Set();
/** Slots of one runner whose prompts are remembered. */
const MOST_SLOTS = 64;

interface WarmRunner {
  /** Oldest first. */
  readonly prefixes: Prefix[];
  /** Of all of them; undefined after one was added. */
  blocks: ReadonlySet<BlockHash> | undefined;
}

export function createWarmPrefixes(): WarmPrefixes {
  const agents = new Map<AgentId, Map<RunnerSignature, WarmRunner>>();
  return {
    sent(agent, signature, slots, prefix) {
      if (prefix.length === 0) return;
      const runners = agents.get(agent) ?? new Map<RunnerSignature, WarmRunner>();
      agents.set(agent, runners);
      const runner = runners.get(signature) ?? { prefixes: [], blocks: undefined };
      runners.set(signature, runner);
      replaceContinued(runner.prefixes, prefix);
      while (runner.prefixes.length > Math.min(slots, MOST_SLOTS)) runner.prefixes.shift();
      runner.blocks = undefined;
    },
    on(agent, signature) {
      const runner = agents.get(agent)?.get(signature);
      if (!runner) return NOT_WARM;
      runner.blocks ??= new Set(runner.prefixes.flat());
      return runner.blocks;
    },
    forget(agent, signature) {
      if (signature === undefined) agents.delete(agent);
      else agents.get(agent)?.delete(signature);
    },
  };
}

/** Ollama takes the slot whose prompt is most like the new one: one that this prompt goes on with makes way for it. */
function replaceContinued(prefixes: Prefix[], prefix: Prefix): void {
  const continued = prefixes.findIndex((known) => known.length <= prefix.length && known.at(-1) === prefix[known.length - 1]);
  if (continued >= 0) prefixes.splice(continued, 1);
  prefixes.push(prefix);
}
