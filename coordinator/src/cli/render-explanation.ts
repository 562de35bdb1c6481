import type { ExplainedCandidate, Explanation } from '@ollama-coordinator/common';
import { alignColumns } from './show-table.js';

/** The explanation as text for a terminal: what was asked, the candidates as a table, who was rejected and why, the choice. Pure. */
export function renderExplanation({ request, balancers, candidates, rejected, choice }: Explanation): string {
  const profile = balancers.map(({ name, weight }) => (weight === 1 ? name : `${name} × ${weight}`)).join(' + ') || 'no balancer';
  const problems = balancers.flatMap(({ name, problem }) => (problem === undefined ? [] : [`! ${name} failed: ${problem}`]));
  const sections = [
    [describe(request), ...(request.notes ?? []), `decided by ${profile}`, ...problems],
    candidates.length === 0 ? [] : table(candidates),
    rejected.length === 0
      ? []
      : alignColumns([['NOT', 'WHY', 'WHAT HELPS'], ...rejected.map(({ agent_name, reason, fix }) => [agent_name, reason, fix])]),
    [conclude(choice)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function describe({ signature, operation, caller, session, pin, prompt_tokens, output_tokens }: Explanation['request']): string {
  const more = [
    ...(session === undefined ? [] : [`session ${session}`]),
    ...(pin === undefined ? [] : [`pinned to ${pin}`]),
    `${Math.round(prompt_tokens)} prompt tokens`,
    `${Math.round(output_tokens)} to generate`,
  ];
  return `${operation} with ${signature.replaceAll(';', ', ')} for ${caller}: ${more.join(', ')}`;
}

/** One column for each part that is not zero everywhere. */
function table(candidates: readonly ExplainedCandidate[]): readonly string[] {
  const parts = candidates.flatMap((candidate) => candidate.parts).filter(({ seconds }) => seconds !== 0);
  const columns = [...new Set(parts.map(({ balancer, name }) => `${balancer}\n${name}`))];
  const isShared = (name: string) => columns.filter((column) => column.endsWith(`\n${name}`)).length > 1;
  const titles = columns.map((column) => {
    const [balancer = '', name = ''] = column.split('\n');
    return isShared(name) ? `${balancer} ${name}` : name;
  });
  const rows = candidates.map((candidate) => {
    const seconds = new Map(candidate.parts.map((part) => [`${part.balancer}\n${part.name}`, part.seconds]));
    const cells = columns.map((column) => formatSeconds(seconds.get(column) ?? 0));
    const slot = candidate.free ? 'free' : `${candidate.requests_ahead} ahead`;
    return [
      `${candidate.chosen ? '→' : ' '} ${candidate.agent_name}`,
      formatSeconds(candidate.cost_s),
      slot,
      ...cells,
      candidate.note ?? '',
    ];
  });
  return alignColumns([['  AGENT', 'COST', 'SLOT', ...titles, ''], ...rows]);
}

function conclude({ agent_name, waits, why, error_code }: Explanation['choice']): string {
  if (agent_name === undefined) return `✗ ${why}${error_code === undefined ? '' : ` (${error_code})`}`;
  return `→ ${agent_name}${waits ? ', where it would wait for the next slot' : ''}: ${why}`;
}

/** Three significant digits; `0` is no part worth a unit. */
function formatSeconds(seconds: number): string {
  if (seconds === 0) return '0';
  return `${Number(seconds.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 3 })} s`;
}
