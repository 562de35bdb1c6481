import type { Random, RunnerSignature } from '@ollama-coordinator/common';
import type { AgentEntry } from './agent-views.js';

/** Agents among which to choose, and how many of them at most. */
export interface Choosable {
  /** All that have the model. */
  readonly all: readonly AgentEntry[];
  /** Of them, those that report the runner. */
  readonly holding: readonly AgentEntry[];
  readonly signature: RunnerSignature;
  readonly most: number;
}

/**
 * Of a large fleet so many agents that choosing among them costs little and loses little: the best of a thousand is hardly better
 * than the best of thirty. First those that have the runner, by chance; then others, the same ones for the same signature, so that
 * requests and replicas that decide at the same moment load a model in the same place. Returns `all` where they are not more.
 */
export function someEntries({ all, holding, signature, most }: Choosable, random: Random): readonly AgentEntry[] {
  if (all.length <= most) return all;
  if (holding.length >= most) return everyNth(holding, most, random());
  const had = new Set(holding);
  const others = everyNth(all, most, hashShare(signature)).filter((entry) => !had.has(entry));
  return [...holding, ...others.slice(0, most - holding.length)];
}

/** `count` of them, evenly spaced from a place that `share` (0 to 1) names. */
function everyNth(entries: readonly AgentEntry[], count: number, share: number): readonly AgentEntry[] {
  const start = Math.floor(share * entries.length);
  const picked: AgentEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    const entry = entries[(start + Math.floor((index * entries.length) / count)) % entries.length];
    if (entry !== undefined) picked.push(entry);
  }
  return picked;
}

/** FNV-1a, as a number from 0 to 1. Source: RFC 9923. */
function hashShare(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
