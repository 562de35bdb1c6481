import { normalizeModelName } from '../model-name.js';
import { compilePatterns } from '../name-patterns.js';
import type { AgentView } from './contract.js';

/**
 * Whether an agent is one that `target` names: by id, by name, or by a label as `room=lab`. What `x-coordinator-pin` and the
 * options of balancers mean by an agent. Pure.
 */
export function matchesTarget(agent: Pick<AgentView, 'id' | 'name' | 'labels'>, target: string): boolean {
  if (agent.id === target || agent.name === target) return true;
  const equals = target.indexOf('=');
  return equals > 0 && agent.labels[target.slice(0, equals)] === target.slice(equals + 1);
}

/**
 * Whether a model is one that `patterns` describe, in which `*` stands for any text: `llama3` describes `llama3:latest`,
 * `llama3:*` every tag, in any case.
 */
export function modelPattern(patterns: readonly string[]): (model: string) => boolean {
  const matches = compilePatterns(patterns.map((pattern) => (pattern.includes('*') ? pattern : normalizeModelName(pattern))));
  return (model) => matches(normalizeModelName(model));
}
