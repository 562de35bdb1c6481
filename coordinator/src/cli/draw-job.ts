import { formatBytes, type Job, type JobPart, timeLeft } from '@ollama-coordinator/common';
import { progressBar } from './progress-bar.js';

export interface DrawOptions {
  /** Characters that a line may have. */
  readonly columns: number;
  /** Bytes per second over the last moments; undefined where that is not known yet. */
  readonly bytesPerS: number | undefined;
  /** Lines for agents at most; the rest are counted. */
  readonly mostAgents: number;
}

const LEAST_BAR = 10;
const MOST_BAR = 40;
const DOING: Readonly<Record<Job['kind'], string>> = {
  pull: 'pulling',
  copy: 'copying',
  delete: 'deleting',
  preload: 'loading',
  placement: 'placing',
  sync: 'making alike',
};

/** A job as the lines of a terminal: itself, and each of its agents. Pure. */
export function drawJob(job: Job, options: DrawOptions): readonly string[] {
  const shown = job.parts.slice(0, options.mostAgents);
  const width = Math.max(...shown.map(({ agent }) => agent.length), 0);
  const hidden = job.parts.length - shown.length;
  const lines = [headline(job, options), ...shown.map((part) => partLine(job, part, width, options.columns))];
  if (hidden > 0) lines.push(`  and ${hidden} more`);
  return lines.map((line) => cut(line, options.columns));
}

/** One line without a bar: what a log gets. Pure. */
export function describeJob(job: Job): string {
  const { kind, model, state, parts } = job;
  const done = parts.filter((part) => part.state === 'completed').length;
  const counts = job.total_bytes > 0 ? `, ${percent(shareOf(job))}` : '';
  if (state === 'completed') return `${DOING[kind]} ${model}: done on ${parts.map(({ agent }) => agent).join(', ')}`;
  if (state === 'failed' || state === 'cancelled') return `${DOING[kind]} ${model}: ${state}: ${job.error ?? ''}`;
  return `${DOING[kind]} ${model}: ${state === 'retrying' ? `waiting to try again (${job.error ?? ''})` : state}, ${done} of ${parts.length} agents${counts}`;
}

function headline(job: Job, { columns, bytesPerS }: DrawOptions): string {
  if (job.total_bytes === 0 || job.state !== 'active') return describeJob(job);
  const { completed_bytes: completed, total_bytes: total } = job;
  const rate = bytesPerS === undefined ? '' : `  ${formatBytes(bytesPerS)}/s`;
  const left = bytesPerS ? `  ${timeLeft((total - completed) / bytesPerS)}` : '';
  const before = `${DOING[job.kind]} ${job.model} ${percent(shareOf(job))} `;
  const behind = ` ${formatBytes(completed)} of ${formatBytes(total)}${rate}${left}`;
  return before + progressBar(shareOf(job), barWidth(columns - before.length - behind.length - 2)) + behind;
}

function partLine(job: Job, part: JobPart, width: number, columns: number): string {
  const before = `  ${part.agent.padEnd(width)}  `;
  const from = part.source === undefined ? '' : ` from ${part.source}`;
  if (part.state === 'failed') return `${before}failed: ${part.error ?? ''}`;
  if (part.state === 'completed') return `${before}done${from}`;
  if (part.state === 'waiting') return `${before}waits`;
  const total = job.layers.reduce((sum, layer) => sum + layer.total, 0);
  const completed = part.completed.reduce((sum, bytes) => sum + bytes, 0);
  if (total === 0) return `${before}${part.phase === 'manifest' ? 'reads the manifest' : 'at work'}${from}`;
  const behind = ` ${percent(completed / total)}${part.phase === 'verifying' || part.phase === 'writing' ? ` ${part.phase}` : ''}${from}`;
  return before + progressBar(completed / total, barWidth(columns - before.length - behind.length - 2)) + behind;
}

function shareOf({ completed_bytes: completed, total_bytes: total }: Job): number {
  return total === 0 ? 0 : completed / total;
}

function percent(share: number): string {
  return `${String(Math.floor(share * 100)).padStart(3)} %`;
}

function barWidth(room: number): number {
  return Math.max(LEAST_BAR, Math.min(MOST_BAR, room));
}

function cut(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}
