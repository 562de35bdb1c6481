/** What a machine has to run a model with. Bytes; undefined where it is not known. */
export interface MachineRoom {
  readonly memoryBytes: number;
  readonly vramBytes: number | undefined;
  readonly diskFreeBytes: number | undefined;
}

interface ModelChoice {
  readonly model: string;
  /** Of its files. */
  readonly diskBytes: number;
  /** With some thousand tokens of context. */
  readonly memoryBytes: number;
}

const GIB = 1024 ** 3;

/** Good all-round models of Ollama's library by size, the largest first. Sizes as the library gives them for the default tag. */
const CHOICES: readonly ModelChoice[] = [
  { model: 'gpt-oss:120b', diskBytes: 65 * GIB, memoryBytes: 72 * GIB },
  { model: 'qwen3:32b', diskBytes: 20 * GIB, memoryBytes: 23 * GIB },
  { model: 'gpt-oss:20b', diskBytes: 14 * GIB, memoryBytes: 15 * GIB },
  { model: 'qwen3:8b', diskBytes: 5.2 * GIB, memoryBytes: 7 * GIB },
  { model: 'llama3.2:3b', diskBytes: 2 * GIB, memoryBytes: 3.5 * GIB },
  { model: 'llama3.2:1b', diskBytes: 1.3 * GIB, memoryBytes: 2.2 * GIB },
  { model: 'qwen3:0.6b', diskBytes: 0.6 * GIB, memoryBytes: 1.2 * GIB },
];
/** Without a graphics card a large model fits into memory but is too slow to talk to. */
const LARGEST_ON_CPU_BYTES = 4 * GIB;
const CPU_SHARE = 0.5;
const DISK_SHARE = 0.5;

/** The largest model that the machine runs well and whose files take no more than half of the free disk; undefined where none does. Pure. */
export function defaultModel({ memoryBytes, vramBytes, diskFreeBytes }: MachineRoom): string | undefined {
  const onCpu = Math.min(memoryBytes * CPU_SHARE, LARGEST_ON_CPU_BYTES);
  const room = Math.max(onCpu, vramBytes ?? 0);
  const disk = (diskFreeBytes ?? Number.POSITIVE_INFINITY) * DISK_SHARE;
  return CHOICES.find((choice) => choice.memoryBytes <= room && choice.diskBytes <= disk)?.model;
}
