import { linkSync, readFileSync, renameSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { AppError, type Clock } from '@ollama-coordinator/common';
import { processExists } from './process-exists.js';

/** The holder touches its lock this often; another host's lock that is older than the second figure is left over. */
const TOUCH_MS = 5000;
const LEFT_OVER_MS = 20_000;

export interface FolderLock {
  release(): void;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Tells a process from a later one with the same id; '' where the system does not say. */
  readonly birth: string;
}

/**
 * Holds a folder for this process through the file at `path`. A lock whose process is gone is taken over, also after a
 * restart of the machine or the container, where ids come again. Throws DATA_DIR_IN_USE while another process holds it.
 */
export function lockFolder(path: string, folder: string, clock: Clock): FolderLock {
  const own: Holder = { pid: process.pid, host: hostname(), birth: birthOf(process.pid) };
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(own));
  try {
    for (let tries = 0; !tryLink(draft, path); tries += 1) {
      const text = readText(path);
      const holder = parseHolder(text);
      if (tries > 3 || (holder !== undefined && isAlive(holder, own, path, clock))) {
        throw new AppError('DATA_DIR_IN_USE', { details: { folder, pid: holder?.pid } });
      }
      removeLeftOver(path, text);
    }
  } finally {
    unlinkSync(draft);
  }
  const touch = clock.setInterval(() => touchFile(path, clock), TOUCH_MS);
  return {
    release() {
      touch.cancel();
      if (readText(path) === JSON.stringify(own)) unlinkSync(path);
    },
  };
}

/** False where another lock is there. A link, unlike a write, never shows half a file. */
function tryLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Takes a left-over lock away; puts it back when it turns out to be another process's fresh one. */
function removeLeftOver(path: string, text: string): void {
  const aside = `${path}.left-over.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // Another process was faster.
  }
  if (readText(aside) !== text) tryLink(aside, path);
  unlinkSync(aside);
}

function isAlive(holder: Holder, own: Holder, path: string, clock: Clock): boolean {
  if (holder.host !== own.host) return clock.now() - statSync(path).mtimeMs < LEFT_OVER_MS;
  if (holder.pid === own.pid) return holder.birth === own.birth && holder.birth !== '';
  return processExists(holder.pid) && (holder.birth === '' || birthOf(holder.pid) === holder.birth);
}

/** On Linux the boot and the clock tick in which the process began (proc(5), field 22 of stat). */
function birthOf(pid: number): string {
  const stat = readText(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[19] === undefined ? '' : `${readText('/proc/sys/kernel/random/boot_id').trim()}:${fields[19]}`;
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, host, birth } = JSON.parse(text) as Partial<Holder>;
    return Number.isInteger(pid) && pid !== undefined ? { pid, host: host ?? '', birth: birth ?? '' } : undefined;
  } catch {
    return undefined;
  }
}

function touchFile(path: string, clock: Clock): void {
  try {
    utimesSync(path, clock.now() / 1000, clock.now() / 1000);
  } catch {
    // The folder was removed under us; the lock says nothing any more.
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
