import { type AgentsChoice, AppError } from '@ollama-coordinator/common';

/** Which agents a caller names; see agentsChoiceSchema. */
export type AgentsSelector =
  | { readonly kind: 'all' }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'labels'; readonly labels: Readonly<Record<string, string>> };

/** Throws BAD_REQUEST with what is not understood. */
export function parseAgentsChoice(choice: AgentsChoice): AgentsSelector {
  if (typeof choice === 'number') return { kind: 'count', count: choice };
  if (typeof choice !== 'string') return { kind: 'names', names: [...new Set(choice)] };
  const parts = choice
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const [only] = parts;
  if (only === undefined) throw badChoice(choice, 'it names none');
  if (parts.length === 1 && only === 'all') return { kind: 'all' };
  if (parts.length === 1 && /^\d+$/.test(only)) return countOf(choice, Number(only));
  const labels = parts.filter((part) => part.includes('='));
  if (labels.length === 0) return { kind: 'names', names: [...new Set(parts)] };
  if (labels.length < parts.length) throw badChoice(choice, 'it mixes names and labels');
  return { kind: 'labels', labels: Object.fromEntries(labels.map((label) => splitLabel(label, choice))) };
}

/** Where header and body both say which agents, they must say the same. */
export function oneChoice(header: string | undefined, body: AgentsChoice | undefined): AgentsSelector | undefined {
  const choices = [header, body].filter((choice) => choice !== undefined).map(parseAgentsChoice);
  const [first, second] = choices;
  if (second !== undefined && JSON.stringify(first) !== JSON.stringify(second)) {
    throw new AppError('BAD_REQUEST', {
      details: {
        reason: 'conflicting options: the header x-coordinator-agents and "agents" in the body name different agents; send one of them',
      },
    });
  }
  return first;
}

function countOf(choice: string, count: number): AgentsSelector {
  if (count < 1 || count > 10_000) throw badChoice(choice, 'a number must be from 1 to 10000');
  return { kind: 'count', count };
}

function splitLabel(label: string, choice: string): [string, string] {
  const sign = label.indexOf('=');
  if (sign === 0) throw badChoice(choice, 'a label needs a name');
  return [label.slice(0, sign).trim(), label.slice(sign + 1).trim()];
}

function badChoice(choice: string, why: string): AppError {
  const reason = `"${choice.slice(0, 200)}" does not say which agents: ${why}; it is "all", a number, names as "one,two", or labels as "gpu=4090"`;
  return new AppError('BAD_REQUEST', { details: { reason } });
}
