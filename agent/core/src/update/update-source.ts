import { isSea } from 'node:sea';
import { type AgentConfig, AppError } from '@ollama-coordinator/common';
import type { FeedTrust } from './read-feed.js';
import { RELEASE_SOURCE } from './release-source.js';

/** What this program may be replaced with. Throws UPDATE_NOT_POSSIBLE with what to do in place of it. */
export function updateSource(config: Pick<AgentConfig, 'updateFeed' | 'updateKey'>): FeedTrust & { program: string } {
  if (!isSea()) throw notPossible('only the single file does; this agent runs in Node: update it as it was installed, by npm or git');
  const feedUrl = config.updateFeed ?? RELEASE_SOURCE.feedUrl;
  const publicKey = config.updateKey ?? RELEASE_SOURCE.publicKey;
  if (feedUrl === undefined || publicKey === undefined)
    throw notPossible('nothing says where releases are, and who signs them; set AGENT_UPDATE_FEED and AGENT_UPDATE_KEY');
  return { feedUrl, publicKey, platform: `${process.platform}-${process.arch}`, program: process.execPath };
}

function notPossible(reason: string): AppError {
  return new AppError('UPDATE_NOT_POSSIBLE', { details: { reason } });
}
