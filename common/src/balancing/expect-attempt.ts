import type { RunnerSignature } from '../runner-signature.js';
import type { AgentView, Estimate, LearnedSpeed, Moment, RequestFacts, Runner } from './contract.js';

/** What an attempt is expected to take once it has its slot. Seconds, and tokens. */
export interface ExpectedAttempt {
  readonly loadS: number;
  readonly prefillS: number;
  readonly decodeS: number;
  /** How far the length of the answer may be off, as a standard deviation of its logarithm; 0 where it is known. */
  readonly decodeSpread: number;
  /** What the agent usually adds before the first byte. */
  readonly overheadS: number;
  readonly warmTokens: number;
}

/** What to expect of a request on an agent that begins it at once, after loading its model where it must. Pure. */
export function expectAttempt(request: RequestFacts, agent: AgentView, at: Pick<Moment, 'monotonicMs'>): ExpectedAttempt {
  const runner = runnerOf(agent, request.signature);
  const speed = agent.speed(request.model, (runner?.inFlight ?? 0) + 1);
  const warmTokens = runner ? warmTokensOn(runner, request) : 0;
  return {
    loadS: loadSeconds(runner, speed, at.monotonicMs),
    prefillS: prefillSeconds(request, warmTokens, speed),
    decodeS: request.outputTokens.mean / speed.decodeTokensPerS.mean,
    decodeSpread: spreadOf(request.outputTokens),
    overheadS: speed.overheadS ?? 0,
    warmTokens,
  };
}

/** The runner that serves the signature without a load, or once its load has ended. */
export function runnerOf({ runners }: AgentView, signature: RunnerSignature): Runner | undefined {
  for (const runner of runners) if (runner.signature === signature) return runner.state === 'unloading' ? undefined : runner;
  return undefined;
}

/**
 * Tokens at the beginning of the prompt that the runner holds from an earlier one. What goes on from the last block of that
 * one is taken to repeat it to its end, which lies up to a block further on.
 */
export function warmTokensOn({ warm, warmBytes }: Runner, { prefix, prefixTokens, promptTokens, bodyBytes }: RequestFacts): number {
  if (warm.size === 0 || prefixTokens === undefined) return 0;
  let last = -1;
  for (let index = 0; index < prefix.length; index += 1) {
    const hash = prefix[index];
    if (hash === undefined || !warm.has(hash)) break;
    last = index;
  }
  const tokens = prefixTokens[last] ?? 0;
  const heldBytes = warmBytes?.get(prefix[last] ?? '') ?? 0;
  return heldBytes < bodyBytes ? Math.max(tokens, (promptTokens.mean * heldBytes) / bodyBytes) : tokens;
}

/** Seconds until the model is loaded: nothing, what is left of a load under way, or a whole one. */
export function loadSeconds(runner: Runner | undefined, { loadS }: LearnedSpeed, nowMs: number): number {
  if (runner === undefined) return loadS.mean;
  if (runner.state === 'ready') return 0;
  return runner.readyAtMs === undefined ? loadS.mean : Math.max(0, runner.readyAtMs - nowMs) / 1000;
}

/** Seconds for the prompt's tokens, less what the warm ones save where that was measured. */
export function prefillSeconds({ promptTokens }: RequestFacts, warmTokens: number, speed: LearnedSpeed): number {
  const saved = speed.warmSaving === undefined ? 0 : Math.min(warmTokens, promptTokens.mean) * speed.warmSaving;
  return Math.max(0, promptTokens.mean - saved) / speed.prefillTokensPerS.mean;
}

/** Standard deviations between the mean of a logarithm and its 90th percentile. */
const P90 = 1.2816;

/** Standard deviation of the logarithm of what is estimated, as far as its mean and 90th percentile tell. */
function spreadOf({ mean, p90 }: Estimate): number {
  const ratio = Math.log(Math.max(1, p90 / mean));
  return P90 - Math.sqrt(Math.max(0, P90 ** 2 - 2 * ratio));
}
