import type { Job, JobPart, TransferPhase } from '@ollama-coordinator/common';

/** One record of a pull, as Ollama writes it. */
export type PullRecord =
  | { readonly status: string }
  | { readonly status: string; readonly digest: string; readonly total: number; readonly completed: number }
  | { readonly error: string };

const ORDER: readonly (TransferPhase | undefined)[] = [undefined, 'manifest', 'pulling', 'verifying', 'writing'];
const LATER: readonly (readonly [TransferPhase, string])[] = [
  ['verifying', 'verifying sha256 digest'],
  ['writing', 'writing manifest'],
];

/**
 * Makes one stream in Ollama's shape of how a job fares on all its agents. Give it the job whenever it changed; it answers with the records
 * that are due. A layer's total is its size times the agents, from its first record on, and its count never goes back. A later
 * status comes when every agent that has not failed got so far. The last record is `success` or an error that names who failed.
 */
export function createPullStream(): (job: Job) => readonly PullRecord[] {
  const counts = new Map<string, number>();
  const said = new Set<string>();
  const sayOnce = (status: string): readonly PullRecord[] => {
    if (said.has(status)) return [];
    said.add(status);
    return [{ status }];
  };

  return (job) => {
    const records = [...sayOnce('pulling manifest'), ...layerRecords(job, counts)];
    const isSuccess = job.state === 'completed';
    const going = job.parts.filter(({ state }) => state !== 'failed');
    for (const [phase, status] of LATER)
      if (isSuccess || (going.length > 0 && going.every((part) => isAtLeast(part, phase)))) records.push(...sayOnce(status));
    if (isSuccess) records.push({ status: 'success' });
    if (job.state === 'failed' || job.state === 'cancelled') records.push({ error: job.error ?? 'the job failed' });
    return records;
  };
}

function layerRecords({ layers, parts, state }: Job, counts: Map<string, number>): PullRecord[] {
  return layers.flatMap(({ digest, total }, index) => {
    const known = counts.get(digest);
    const bytes = parts.reduce((sum, part) => sum + bytesOf(part, index, total), 0);
    const completed = Math.max(known ?? 0, state === 'completed' ? total * parts.length : bytes);
    if (known === completed) return [];
    counts.set(digest, completed);
    return [{ status: `pulling ${digest.replace('sha256:', '').slice(0, 12)}`, digest, total: total * parts.length, completed }];
  });
}

/** A part that is complete has all of it, whether or not anything was fetched for that. */
function bytesOf(part: JobPart, layer: number, total: number): number {
  return part.state === 'completed' ? total : (part.completed[layer] ?? 0);
}

function isAtLeast({ state, phase }: JobPart, wanted: TransferPhase): boolean {
  return state === 'completed' || ORDER.indexOf(phase) >= ORDER.indexOf(wanted);
}
