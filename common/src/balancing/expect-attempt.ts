import type { RunnerSignature } from '../runner-signature.js';
import type { AgentView, LearnedSpeed, Moment, RequestFacts, Runner } from './contract.js';

/** What an attempt is expected to take once it has its slot. Seconds, and tokens. */
export interface ExpectedAttempt {
  readonly loadS: number;
  readonly prefillS: number;
  readonly decodeS: number;
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
    overheadS: speed.overheadS ?? 0,
    warmTokens,
  };
}

/** The runner that serves the signature without a load, or once its load has ended. */
export function runnerOf({ runners }: AgentView, signature: RunnerSignature): Runner | undefined {
  for (const runner of runners) if (runner.signature === signature) return runner.state === 'unloading' ? undefined : runner;
  return undefined;
}

/** Tokens at the beginning of the prompt that the runner holds from an earlier one. */
export function warmTokensOn({ warm }: Runner, { prefix, prefixTokens }: RequestFacts): number {
  if (warm.size === 0 || prefixTokens === undefined) return 0;
  let tokens = 0;
  for (let index = 0; index < prefix.length; index += 1) {
    const hash = prefix[index];
    if (hash === undefined || !warm.has(hash)) break;
    tokens = prefixTokens[index] ?? tokens;
  }
  return tokens;
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
