import type { Random } from '@ollama-coordinator/common';
import { type Choice, type Costed, contenders, loadWithOneMore } from '@ollama-coordinator/common/balancing';

/**
 * Draws `choices` different contenders and takes the least busy of them for its strength; equal ones by chance. Pure but for
 * `random`.
 */
export function choosePowerOfTwo(candidates: readonly Costed[], choices: number, random: Random): Choice {
  const among = contenders(candidates);
  const drawn = drawIndexes(among.length, Math.min(choices, among.length), random);
  let best: Costed | undefined;
  let leastLoad = Number.POSITIVE_INFINITY;
  let equals = 0;
  for (const index of drawn) {
    const candidate = among[index];
    if (!candidate) continue;
    const load = loadWithOneMore(candidate.agent);
    if (load > leastLoad) continue;
    equals = load === leastLoad ? equals + 1 : 1;
    if (load < leastLoad || random() * equals < 1) best = candidate;
    leastLoad = load;
  }
  if (!best) return { reject: true, why: 'there is no candidate' };
  return { agent: best.agent.id, why: `least busy of ${drawn.size} drawn from ${among.length}${best.free ? '' : ', all of them busy'}` };
}

/** `size` different numbers below `count`, each set of them as likely (Robert Floyd's algorithm). */
function drawIndexes(count: number, size: number, random: Random): ReadonlySet<number> {
  const drawn = new Set<number>();
  for (let last = count - size; last < count; last += 1) {
    const index = Math.floor(random() * (last + 1));
    drawn.add(drawn.has(index) ? last : index);
  }
  return drawn;
}
