import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Environment variables of a process, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of the process that listens on `port` of this machine, read from /proc (Linux). Undefined where that
 * cannot be read: another system, another user's process, nobody there.
 */
export async function readOllamaEnvironment(port: number, procDir = '/proc'): Promise<Environment | undefined> {
  try {
    const inodes = await listeningInodes(port, procDir);
    const pid = inodes.size === 0 ? undefined : await findOwner(inodes, procDir);
    if (pid === undefined) return undefined;
    const text = await readFile(join(procDir, pid, 'environ'), 'utf8');
    return Object.fromEntries(
      text
        .split('\0')
        .filter((pair) => pair.includes('='))
        .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    );
  } catch {
    return undefined;
  }
}

/** Socket inodes in state LISTEN (0A) on the port; see proc(5), /proc/net/tcp. */
async function listeningInodes(port: number, procDir: string): Promise<Set<string>> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = new Set<string>();
  for (const table of ['tcp', 'tcp6']) {
    const text = await readFile(join(procDir, 'net', table), 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === '0A' && local.endsWith(suffix) && inode) inodes.add(inode);
    }
  }
  return inodes;
}

async function findOwner(inodes: ReadonlySet<string>, procDir: string): Promise<string | undefined> {
  const sockets = new Set([...inodes].map((inode) => `socket:[${inode}]`));
  for (const pid of await readdir(procDir)) {
    if (!/^\d+$/.test(pid)) continue;
    const folder = join(procDir, pid, 'fd');
    const descriptors = await readdir(folder).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(join(folder, descriptor)).catch(() => '');
      if (sockets.has(target)) return pid;
    }
  }
  return undefined;
}
