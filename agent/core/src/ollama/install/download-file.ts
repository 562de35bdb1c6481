import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError, type Clock, describeCause } from '@ollama-coordinator/common';
import type { Dispatcher } from 'undici';
import { discardBody } from '../../http/discard-body.js';
import type { ProgressMeter } from './download-progress.js';
import type { ProxyClient } from './proxy-client.js';

export interface DownloadFileOptions {
  readonly url: string;
  /** Where it goes; what is there of an earlier try is gone on with. */
  readonly file: string;
  readonly meter: ProgressMeter;
  readonly client: ProxyClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Without a byte for this long the try is given up. */
  readonly stallMs?: number;
  /** Called once the size is known, before anything is written. What it throws ends the try. */
  readonly onSize?: (missingBytes: number) => Promise<void>;
}

const STALL_MS = 30_000;

/**
 * One try: brings the rest of the file, or all of it where the server has another one by now. Throws DOWNLOAD_FAILED,
 * DOWNLOAD_STALLED (another try helps), DOWNLOAD_REFUSED, DOWNLOAD_IS_PAGE, PROXY_NEEDS_LOGIN and DISK_FULL by `onSize` (none does).
 */
export async function downloadFile(options: DownloadFileOptions): Promise<void> {
  const { url, file, meter, client, onSize } = options;
  const stall = watchForStall(options);
  let response: Dispatcher.ResponseData | undefined;
  try {
    const part = await partOf(file);
    response = await client.get(url, {
      signal: stall.signal,
      headers: part ? { range: `bytes=${part.bytes}-`, 'if-range': part.etag } : {},
    });
    const answer = await judge(response, options, part?.bytes ?? 0);
    if (answer === 'whole') return;
    await writeFile(etagFile(file), String(response.headers.etag ?? ''));
    meter.begin(answer.fromBytes, answer.totalBytes);
    if (answer.totalBytes !== undefined) await onSize?.(answer.totalBytes - answer.fromBytes);
    await receive(response, options, answer, stall);
    await rm(etagFile(file), { force: true });
  } catch (error) {
    if (stall.error) throw stall.error;
    options.signal.throwIfAborted();
    if (error instanceof AppError) throw error;
    throw new AppError('DOWNLOAD_FAILED', { details: { url, cause: describeCause(error) }, cause: error });
  } finally {
    stall.stop();
    meter.end();
    // The rest of what is not wanted any more would keep its connection, and that the whole set-up, waiting for ever.
    if (response !== undefined) discardBody(response);
  }
}

interface Answer {
  readonly fromBytes: number;
  readonly totalBytes: number | undefined;
}

async function judge(response: Dispatcher.ResponseData, { url, file }: DownloadFileOptions, haveBytes: number): Promise<Answer | 'whole'> {
  const { statusCode, headers } = response;
  const isPage = /^text\/html/i.test(String(headers['content-type'] ?? ''));
  if ((statusCode === 200 || statusCode === 206) && !isPage) {
    const lengthBytes = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
    const fromBytes = statusCode === 206 ? haveBytes : 0;
    return { fromBytes, totalBytes: lengthBytes === undefined ? undefined : fromBytes + lengthBytes };
  }
  if (statusCode === 416) {
    if (headers['content-range'] === `bytes */${haveBytes}`) return 'whole';
    await rm(file, { force: true });
    throw new AppError('DOWNLOAD_FAILED', { details: { url, cause: 'what is there of it is not of the same file' } });
  }
  if (isPage && statusCode === 200) throw new AppError('DOWNLOAD_IS_PAGE', { details: { url } });
  if (statusCode >= 500 || statusCode === 429 || statusCode === 408)
    throw new AppError('DOWNLOAD_FAILED', { details: { url, cause: `HTTP ${statusCode}` } });
  throw new AppError('DOWNLOAD_REFUSED', { details: { host: new URL(url).host, file: basename(file), http_status: statusCode } });
}

async function receive(
  { body }: Dispatcher.ResponseData,
  { url, file, meter }: DownloadFileOptions,
  { fromBytes, totalBytes }: Answer,
  stall: { saw: () => void },
): Promise<void> {
  let doneBytes = fromBytes;
  const out = await open(file, fromBytes > 0 ? 'a' : 'w');
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      stall.saw();
      await out.writeFile(chunk);
      doneBytes += chunk.length;
      meter.add(chunk.length);
    }
  } finally {
    await out.close();
  }
  if (totalBytes !== undefined && doneBytes !== totalBytes)
    throw new AppError('DOWNLOAD_FAILED', { details: { url, cause: `it broke off after ${doneBytes} of ${totalBytes} bytes` } });
}

/** What an earlier try left; undefined where it cannot be gone on with. A weak tag does not promise the same bytes (RFC 9110 §8.8.1). */
async function partOf(file: string): Promise<{ bytes: number; etag: string } | undefined> {
  const bytes = (await stat(file).catch(() => undefined))?.size ?? 0;
  const etag = await readFile(etagFile(file), 'utf8').catch(() => '');
  return bytes > 0 && etag.startsWith('"') ? { bytes, etag } : undefined;
}

function etagFile(file: string): string {
  return `${file}.etag`;
}

function watchForStall({ url, clock, signal, stallMs = STALL_MS }: DownloadFileOptions) {
  const controller = new AbortController();
  let error: AppError | undefined;
  let lastMs = clock.monotonic();
  const timer = clock.setInterval(
    () => {
      if (clock.monotonic() - lastMs < stallMs) return;
      error = new AppError('DOWNLOAD_STALLED', { details: { url, waited_s: Math.round(stallMs / 1000) } });
      controller.abort(error);
    },
    Math.max(10, stallMs / 4),
  );
  return {
    signal: AbortSignal.any([controller.signal, signal]),
    get error() {
      return error;
    },
    saw() {
      lastMs = clock.monotonic();
    },
    stop: () => timer.cancel(),
  };
}
