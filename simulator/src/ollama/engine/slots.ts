export interface Slot {
  /** The prompt that this slot evaluated last; what a later prompt shares with it needs no prefill. */
  cachedPrompt: string;
  busy: boolean;
  usedAt: number;
}

export interface TakenSlot {
  readonly slot: Slot;
  readonly commonChars: number;
}

/** The slots of one runner. `take` prefers the free slot that shares the longest prefix, then the one unused for longest. */
export function createSlots(count: number) {
  const slots: Slot[] = Array.from({ length: count }, () => ({ cachedPrompt: '', busy: false, usedAt: 0 }));
  let uses = 0;

  function take(prompt: string): TakenSlot | undefined {
    let best: TakenSlot | undefined;
    for (const slot of slots) {
      if (slot.busy) continue;
      const commonChars = commonPrefixLength(slot.cachedPrompt, prompt);
      if (best === undefined || commonChars > best.commonChars || (commonChars === best.commonChars && slot.usedAt < best.slot.usedAt)) {
        best = { slot, commonChars };
      }
    }
    if (best !== undefined) best.slot.busy = true;
    return best;
  }

  function free(slot: Slot, prompt: string): void {
    uses += 1;
    slot.cachedPrompt = prompt;
    slot.usedAt = uses;
    slot.busy = false;
  }

  return { take, free };
}

function commonPrefixLength(a: string, b: string): number {
  const limit = Math.min(a.length, b.length);
  let at = 0;
  while (at < limit && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return at;
}
