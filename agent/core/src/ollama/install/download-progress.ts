import type { Clock } from '@ollama-coordinator/common';

/** How far a download is. */
export interface DownloadProgress {
  /** What comes, for people: `Ollama 0.13.3`, `llama3.2:3b`. */
  readonly what: string;
  readonly doneBytes: number;
  /** Undefined where the server does not say. */
  readonly totalBytes: number | undefined;
  /** 0 to 100; undefined while the total is. */
  readonly percent: number | undefined;
  /** Of the last seconds; 0 before anything came. */
  readonly bytesPerS: number;
  /** Seconds that the rest takes at this speed; undefined while that cannot be told. */
  readonly etaS: number | undefined;
}

export type OnProgress = (progress: DownloadProgress) => void;

export interface ProgressMeter {
  /** A try begins with `doneBytes` of it on disk already. */
  begin(doneBytes: number, totalBytes: number | undefined): void;
  /** So many bytes more arrived. */
  add(bytes: number): void;
  /** Tells once more, whatever was told a moment ago. */
  end(): void;
}

/** The speed is that of so long. */
const WINDOW_MS = 5000;
/** People see no more than this. */
const TELL_EVERY_MS = 250;

/** Counts bytes, and tells at most four times a second how far they are. */
export function createProgressMeter({ what, clock, onProgress }: { what: string; clock: Clock; onProgress: OnProgress }): ProgressMeter {
  let doneBytes = 0;
  let totalBytes: number | undefined;
  let toldMs = Number.NEGATIVE_INFINITY;
  let marks: { atMs: number; doneBytes: number }[] = [];

  const tell = (nowMs: number) => {
    toldMs = nowMs;
    while (marks.length > 1 && nowMs - (marks[0]?.atMs ?? nowMs) > WINDOW_MS) marks.shift();
    marks.push({ atMs: nowMs, doneBytes });
    onProgress(describe({ what, doneBytes, totalBytes, bytesPerS: speedOf(marks) }));
  };
  return {
    begin(done, total) {
      doneBytes = done;
      totalBytes = total;
      marks = [];
      tell(clock.monotonic());
    },
    add(bytes) {
      doneBytes += bytes;
      const nowMs = clock.monotonic();
      if (nowMs - toldMs >= TELL_EVERY_MS) tell(nowMs);
    },
    end: () => tell(clock.monotonic()),
  };
}

function speedOf(marks: readonly { atMs: number; doneBytes: number }[]): number {
  const first = marks[0];
  const last = marks.at(-1);
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
  return (1000 * (last.doneBytes - first.doneBytes)) / (last.atMs - first.atMs);
}

function describe(progress: Omit<DownloadProgress, 'percent' | 'etaS'>): DownloadProgress {
  const { doneBytes, totalBytes, bytesPerS } = progress;
  if (totalBytes === undefined || totalBytes === 0) return { ...progress, percent: undefined, etaS: undefined };
  const leftBytes = Math.max(0, totalBytes - doneBytes);
  const percent = Math.min(100, (100 * doneBytes) / totalBytes);
  return { ...progress, percent, etaS: leftBytes === 0 ? 0 : bytesPerS > 0 ? leftBytes / bytesPerS : undefined };
}
