import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@ollama-coordinator/common';
import { pino } from 'pino';
import { type DownloadOllamaOptions, downloadOllama } from '#agent/ollama/install/download-ollama.js';
import type { DownloadProgress } from '#agent/ollama/install/download-progress.js';
import { makeArchive, programText } from './ollama-archive.js';
import { type DownloadServer, startDownloadServer } from './start-download-server.js';

export const ARCHIVE = 'ollama-linux-amd64.tgz';
const VERSION = '0.13.3';

/** A release server, an empty installation folder, and what the download told. */
export interface DownloadScene {
  readonly server: DownloadServer;
  readonly archive: Buffer;
  readonly installDir: string;
  readonly told: DownloadProgress[];
  readonly phases: string[];
  readonly retries: number[];
  download(options?: Partial<DownloadOllamaOptions>): Promise<string>;
  /** Requests for the archive. */
  archiveRequests(): DownloadServer['requests'];
  close(): Promise<void>;
}

/** Delays of retries are so much shorter here. */
const FASTER = 50;

export async function createDownloadScene({ paddingBytes = 200_000 } = {}): Promise<DownloadScene> {
  const server = await startDownloadServer();
  const installDir = await mkdtemp(join(tmpdir(), 'oc-download-'));
  // Digits hardly compress, so that the archive has about the size of its padding.
  const padding = Array.from({ length: paddingBytes / 10 }, (_, index) =>
    String((index * 7_919_777_771) % 9_999_999_967).padStart(10),
  ).join('');
  const archive = await makeArchive([
    { path: 'bin/ollama', text: programText(VERSION) },
    { path: 'lib/ollama/libggml.so', text: padding },
  ]);
  server.put(ARCHIVE, archive);
  server.putChecksums();
  const told: DownloadProgress[] = [];
  const phases: string[] = [];
  const retries: number[] = [];
  const clock = { ...systemClock, setTimeout: (run: () => void, ms: number) => systemClock.setTimeout(run, ms / FASTER) };
  return {
    server,
    archive,
    installDir,
    told,
    phases,
    retries,
    download: (options = {}) =>
      downloadOllama({
        version: VERSION,
        baseUrl: server.url,
        verify: 'on',
        installDir,
        clock,
        random: () => 0,
        log: pino({ level: 'silent' }),
        signal: new AbortController().signal,
        onPhase: (phase) => phases.push(phase),
        onProgress: (progress) => told.push(progress),
        onRetry: ({ delayMs }) => retries.push(delayMs),
        env: {},
        platform: 'linux-x64',
        ...options,
      }),
    archiveRequests: () => server.requests.filter(({ path }) => path.endsWith(ARCHIVE)),
    async close() {
      await server.close();
      await rm(installDir, { recursive: true, force: true });
    },
  };
}

/** What a promise was rejected with. Rejects where it was not. */
export async function failureOf(pending: Promise<unknown>): Promise<Error & { code?: string }> {
  return pending.then(
    (value) => Promise.reject(new Error(`it succeeded with ${String(value)}`)),
    (error: Error) => error,
  );
}
