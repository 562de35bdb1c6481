/** How one graphics card is used, whoever uses it. What its driver does not say is undefined. */
export interface GpuUse {
  /** Busy share, 0 to 1. */
  readonly load: number | undefined;
  readonly totalBytes: number | undefined;
  readonly usedBytes: number | undefined;
}

/** What Ollama has of the cards. */
export interface OwnUse {
  readonly requests: number;
  readonly vramBytes: number;
}

/** A desktop with a browser keeps a card less busy than this. */
const BUSY_FROM = 0.4;
/** A desktop with a browser takes less memory than this: of a large card a quarter, at least 3 GiB. */
const MEMORY_SHARE = 0.25;
const MEMORY_BYTES = 3 * 1024 ** 3;

/** Whether a program other than Ollama uses a card: it is busy while no request runs, or holds much memory that is not Ollama's. Pure. */
export function isUsedByOthers(cards: readonly GpuUse[], own: OwnUse): boolean {
  if (own.requests === 0 && cards.some(({ load = 0 }) => load >= BUSY_FROM)) return true;
  const usedBytes = sum(cards, ({ usedBytes: bytes = 0 }) => bytes);
  const totalBytes = sum(cards, ({ totalBytes: bytes = 0 }) => bytes);
  return totalBytes > 0 && usedBytes - own.vramBytes >= Math.max(MEMORY_BYTES, MEMORY_SHARE * totalBytes);
}

function sum(cards: readonly GpuUse[], read: (card: GpuUse) => number): number {
  return cards.reduce((total, card) => total + read(card), 0);
}
