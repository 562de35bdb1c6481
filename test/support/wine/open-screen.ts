import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { REPOSITORY } from '../repository.js';

/** A screen that nobody sees, and of which pictures can be taken. */
export interface Screen {
  /** As `:3`, for the environment of a program that is to draw there. */
  readonly display: string;
  /** Takes a picture of all of it, kept as artifacts/<name>.png. Resolves with its path. */
  takePicture(name: string): Promise<string>;
  close(): Promise<void>;
}

const SIZE = '1024x768x24';

export async function openScreen(): Promise<Screen> {
  // It chooses a number that is free, and says it on the descriptor that it was given.
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', SIZE, '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const ended = once(server, 'exit');
  const [number] = (await Promise.race([
    once(server.stdio[3] as Readable, 'data'),
    ended.then(() => Promise.reject(new Error('Xvfb ended before it had a screen'))),
  ])) as [Buffer];
  const display = `:${number.toString().trim()}`;
  return {
    display,
    async takePicture(name) {
      await mkdir(join(REPOSITORY, 'artifacts'), { recursive: true });
      const path = join(REPOSITORY, 'artifacts', `${name}.png`);
      await promisify(execFile)('scrot', ['--overwrite', path], { env: { ...process.env, DISPLAY: display } });
      return path;
    },
    async close() {
      server.kill();
      await ended;
    },
  };
}
