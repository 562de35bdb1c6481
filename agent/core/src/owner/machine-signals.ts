import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { battery } from 'systeminformation';
import type { GpuUse } from './gpu-use.js';

const run = promisify(execFile);
const PROGRAM_TIMEOUT_MS = 5000;
const MIB = 1024 * 1024;
const CARDS = '/sys/class/drm';

/** What the machine says of itself that its owner may want the agent to yield to. Both may throw. */
export interface MachineSignals {
  /** Undefined where the machine has no battery, and will not have one. */
  onBattery(): Promise<boolean | undefined>;
  /** Every card whose driver tells how busy it is. */
  gpuUse(): Promise<readonly GpuUse[]>;
}

/** This machine. */
export const machineSignals: MachineSignals = {
  async onBattery() {
    const { hasBattery, acConnected } = await battery();
    return hasBattery ? !acConnected : undefined;
  },
  async gpuUse() {
    return [...(await readAmdCards()), ...(await readNvidiaCards())];
  },
};

/** Linux shows AMD's figures as files, which cost nothing to read. */
async function readAmdCards(): Promise<readonly GpuUse[]> {
  const names = process.platform === 'linux' ? await readdir(CARDS).catch(() => []) : [];
  const cards = names.filter((name) => /^card\d+$/.test(name)).map((name) => join(CARDS, name, 'device'));
  const uses = await Promise.all(
    cards.map(async (folder) => {
      const [percent, totalBytes, usedBytes] = await Promise.all(
        ['gpu_busy_percent', 'mem_info_vram_total', 'mem_info_vram_used'].map((file) => readNumberFile(join(folder, file))),
      );
      return { load: percent === undefined ? undefined : percent / 100, totalBytes, usedBytes };
    }),
  );
  return uses.filter(({ load, usedBytes }) => load !== undefined || usedBytes !== undefined);
}

async function readNumberFile(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return /^\d+\s*$/.test(text) ? Number(text) : undefined;
}

/** No card of NVIDIA, no such program: none. */
async function readNvidiaCards(): Promise<readonly GpuUse[]> {
  const query = ['--query-gpu=utilization.gpu,memory.total,memory.used', '--format=csv,noheader,nounits'];
  const { stdout } = await run('nvidia-smi', query, { timeout: PROGRAM_TIMEOUT_MS, windowsHide: true }).catch(() => ({ stdout: '' }));
  return parseNvidiaSmi(stdout);
}

/** One line per card, as `35, 24564, 8192`: percent, MiB, MiB. Pure. */
export function parseNvidiaSmi(text: string): readonly GpuUse[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [load, total, used] = line.split(',').map((part) => (/^\s*\d+(\.\d+)?\s*$/.test(part) ? Number(part) : undefined));
      const bytes = (mib: number | undefined) => (mib === undefined ? undefined : mib * MIB);
      return { load: load === undefined ? undefined : load / 100, totalBytes: bytes(total), usedBytes: bytes(used) };
    });
}
