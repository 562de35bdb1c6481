import { AppError, describeCause } from '@ollama-coordinator/common';
import type { ProxyClient } from '../ollama/install/proxy-client.js';
import { type AgentRelease, type FeedTrust, readFeed } from './read-feed.js';

/** A feed is some hundred bytes. */
const MAX_BYTES = 256 * 1024;

/** One try. Throws DOWNLOAD_FAILED, PROXY_NEEDS_LOGIN, and what readFeed() does. */
export async function fetchFeed(trust: FeedTrust, client: ProxyClient, signal: AbortSignal): Promise<AgentRelease> {
  const { feedUrl: url } = trust;
  const { statusCode, body } = await client.get(url, { signal });
  const text = await readText(body, url, signal);
  if (statusCode !== 200) throw failed(url, `HTTP ${statusCode}`);
  return readFeed(text, trust);
}

async function readText(body: AsyncIterable<Buffer>, url: string, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw failed(url, 'longer than a list of releases');
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof AppError ? error : failed(url, describeCause(error));
  }
  return Buffer.concat(chunks).toString('utf8');
}

function failed(url: string, cause: string): AppError {
  return new AppError('DOWNLOAD_FAILED', { details: { url, cause } });
}
