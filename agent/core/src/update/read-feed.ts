import { createPublicKey, verify } from 'node:crypto';
import { AppError, describeCause } from '@ollama-coordinator/common';
import { z } from 'zod';

/** One release for this machine. */
export interface AgentRelease {
  readonly version: string;
  readonly url: string;
  readonly sha256: string;
}

/** What is signed is a text, so that nobody has to agree on how JSON is written. */
const feedSchema = z.object({ payload: z.string(), signature: z.string() });
const payloadSchema = z.object({
  version: z.string().regex(/^\d+\.\d+\.\d+[\w.+-]*$/),
  files: z.record(z.string(), z.object({ file: z.string().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

export interface FeedTrust {
  /** Address of the feed; files are beside it. */
  readonly feedUrl: string;
  /** Ed25519, as base64 of its 32 bytes. */
  readonly publicKey: string;
  /** As `linux-x64`. */
  readonly platform: string;
}

/** The DER of an Ed25519 key is this and its 32 bytes (RFC 8410). */
const ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

/** Reads a feed `{payload, signature}`. Pure. Throws UPDATE_NOT_TRUSTED, and UPDATE_NOT_POSSIBLE where it has nothing for this machine. */
export function readFeed(text: string, { feedUrl, publicKey, platform }: FeedTrust): AgentRelease {
  const { version, files } = openFeed(text, { feedUrl, publicKey });
  const found = Object.entries(files).find(([name]) => name === platform)?.[1];
  if (found === undefined)
    throw new AppError('UPDATE_NOT_POSSIBLE', { details: { reason: `version ${version} has no file for ${platform}` } });
  return { version, url: new URL(found.file, feedUrl).href, sha256: found.sha256 };
}

function openFeed(text: string, { feedUrl, publicKey }: Omit<FeedTrust, 'platform'>): z.output<typeof payloadSchema> {
  try {
    const { payload, signature } = feedSchema.parse(JSON.parse(text));
    const key = createPublicKey({ key: Buffer.concat([ED25519, Buffer.from(publicKey, 'base64')]), format: 'der', type: 'spki' });
    if (!verify(null, Buffer.from(payload), key, Buffer.from(signature, 'base64'))) throw new Error('it is signed with another key');
    return payloadSchema.parse(JSON.parse(payload));
  } catch (cause) {
    const why = cause instanceof z.ZodError || cause instanceof SyntaxError ? 'it is no list of releases' : describeCause(cause);
    throw new AppError('UPDATE_NOT_TRUSTED', { details: { url: feedUrl, cause: why }, cause });
  }
}
