import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError, type Clock, formatBytes, type Logger, type Random } from '@ollama-coordinator/common';
import { diskFreeBytes } from '../../transfer/locate-models.js';
import { compareVersions } from '../run/compare-versions.js';
import { readOllamaVersion } from '../run/read-ollama-version.js';
import { checkSignature } from './check-signature.js';
import { downloadFile } from './download-file.js';
import { createProgressMeter, type OnProgress } from './download-progress.js';
import { extractArchive } from './extract-archive.js';
import { fetchChecksum, isDigest } from './fetch-checksum.js';
import { installedProgram, installedPrograms, programIn } from './installed-program.js';
import { createProxyClient, type ProxyClient } from './proxy-client.js';
import { releaseArchive } from './release-archive.js';
import { type DownloadRetry, retryDownload } from './retry-download.js';

export interface DownloadOllamaOptions {
  /** As `0.13.3`, or `latest`. */
  readonly version: string;
  /** In place of Ollama's own releases. */
  readonly baseUrl?: string | undefined;
  /** OLLAMA_VERIFY_CHECKSUM: `on` (by the release's own list), `off`, the address of a list, or the digest itself. */
  readonly verify: string;
  /** A folder that nothing else uses: each version gets one of its own in it. */
  readonly installDir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: 'downloading' | 'verifying' | 'unpacking') => void;
  readonly onProgress: OnProgress;
  readonly onRetry?: (retry: DownloadRetry) => void;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** As `linux-x64`; default: this machine's. */
  readonly platform?: string;
  readonly stallMs?: number;
}

/** Unpacked, a release is about so many times its archive. */
const UNPACKED = 2.5;

/**
 * Downloads Ollama, verifies and unpacks it, and resolves with the path of its program. What an earlier run left of the download
 * is gone on with; a version that is there already is not brought again. Throws the errors of its parts, each a sentence.
 */
export async function downloadOllama(options: DownloadOllamaOptions): Promise<string> {
  const { version, installDir, baseUrl, platform = `${process.platform}-${process.arch}` } = options;
  const present = version === 'latest' ? undefined : await installedProgram(installDir, version, platform);
  if (present !== undefined) return present;
  const archive = releaseArchive({ version, platform, baseUrl });
  const client = createProxyClient(options.env ?? process.env);
  const file = join(installDir, 'downloads', `${version}-${archive.file}`);
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const expected = await expectedChecksum(options, archive, client);
    await fetchArchive(options, archive.url, file, client);
    if (expected !== undefined) options.onPhase('verifying');
    return await unpack(file, expected, { ...options, platform });
  } finally {
    await client.close();
  }
}

async function expectedChecksum(options: DownloadOllamaOptions, archive: { file: string; checksumUrl: string }, client: ProxyClient) {
  const { verify, log } = options;
  if (isDigest(verify)) return verify;
  if (verify === 'off') {
    log.warn('OLLAMA_VERIFY_CHECKSUM is off: what is downloaded is not verified');
    return undefined;
  }
  const url = verify === 'on' ? archive.checksumUrl : verify;
  return retryDownload(() => fetchChecksum({ url, file: archive.file }, { client, signal: options.signal }), options);
}

async function fetchArchive(options: DownloadOllamaOptions, url: string, file: string, client: ProxyClient): Promise<void> {
  const { clock, version, installDir, onProgress, onPhase, signal, stallMs } = options;
  const meter = createProgressMeter({ what: version === 'latest' ? 'Ollama' : `Ollama ${version}`, clock, onProgress });
  onPhase('downloading');
  const onSize = (bytes: number) => checkDisk(installDir, bytes * (1 + UNPACKED));
  const stall = stallMs === undefined ? {} : { stallMs };
  await retryDownload(() => downloadFile({ url, file, meter, client, clock, signal, onSize, ...stall }), options);
}

/** Throws DISK_FULL. Nothing where it cannot be told what is free. */
async function checkDisk(folder: string, neededBytes: number): Promise<void> {
  const freeBytes = await diskFreeBytes(folder);
  if (freeBytes === undefined || neededBytes <= freeBytes) return;
  throw new AppError('DISK_FULL', { details: { folder, needed: formatBytes(neededBytes), free: formatBytes(freeBytes) } });
}

/** Into a folder beside, which then gets the version's name: a half unpacked version is never taken for one. */
async function unpack(file: string, expected: string | undefined, options: DownloadOllamaOptions & { platform: string }): Promise<string> {
  const { installDir, platform, onPhase } = options;
  const folder = join(installDir, `unpacking-${process.pid}`);
  await rm(folder, { recursive: true, force: true });
  try {
    await extractArchive(file, folder, expected, () => onPhase('unpacking'));
    const program = await programIn(folder, platform);
    if (program === undefined) throw new AppError('BAD_ARCHIVE', { details: { file, cause: 'there is no Ollama in it' } });
    if (process.platform === 'win32') await checkSignature(program);
    const version = await readOllamaVersion(program);
    await demandVersion(version, options);
    const target = join(installDir, version);
    await rm(target, { recursive: true, force: true });
    await rename(folder, target);
    await rm(file, { force: true });
    return join(target, program.slice(folder.length + 1));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A release that is another one than its name says, or older than what is there, is an old hole put in again. Throws BAD_ARCHIVE. */
async function demandVersion(
  found: string,
  { version, installDir, platform }: DownloadOllamaOptions & { platform: string },
): Promise<void> {
  const newest = (await installedPrograms(installDir, platform))[0]?.version;
  const isOther = version !== 'latest' && found !== version;
  const isOlder = version === 'latest' && newest !== undefined && compareVersions(found, newest) < 0;
  if (!isOther && !isOlder) return;
  const cause = isOther ? `it is version ${found} and not ${version}` : `it is version ${found}, and ${newest} is installed already`;
  throw new AppError('BAD_ARCHIVE', { details: { file: releaseArchive({ version, platform }).file, cause } });
}
