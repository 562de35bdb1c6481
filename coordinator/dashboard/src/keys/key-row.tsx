import type { KeyInfo, KeyLimits } from '@ollama-coordinator/common';
import { useState } from 'preact/hooks';
import type { Used } from './use-keys.js';

const LIMIT_WORDS: Readonly<Record<keyof KeyLimits, string>> = {
  requests_per_minute: 'requests/min',
  tokens_per_minute: 'tokens/min',
  tokens_per_day: 'tokens/day',
  concurrency: 'at once',
};

export function KeyRow({ info, used, onRevoke }: { info: KeyInfo; used: Used | undefined; onRevoke: () => void }) {
  const { name, scopes, models, agents, limits, expires_at: expiresAt, configured } = info;
  return (
    <tr data-key={info.id}>
      <th scope="row" class="name">
        {name}
      </th>
      <td data-label="May">{scopes.join(', ')}</td>
      <td data-label="Models and agents">{[models?.join(', ') ?? 'every model', agents?.join(', ') ?? 'every agent'].join('; ')}</td>
      <td data-label="Limits">{describeLimits(limits)}</td>
      <td data-label="Expires">{expiresAt === undefined ? 'never' : new Date(expiresAt).toLocaleDateString()}</td>
      <td data-label="Used in 30 days" class="number">
        {used === undefined ? '–' : `${used.requests.toLocaleString()} requests, ${used.tokens.toLocaleString()} tokens`}
      </td>
      <td>{configured ? <span class="muted">configured</span> : <RevokeButton name={name} onRevoke={onRevoke} />}</td>
    </tr>
  );
}

/** Asks once more, where the button stood. */
function RevokeButton({ name, onRevoke }: { name: string; onRevoke: () => void }) {
  const [asking, setAsking] = useState(false);
  if (!asking) {
    return (
      <button type="button" aria-label={`Revoke ${name}`} onClick={() => setAsking(true)}>
        Revoke
      </button>
    );
  }
  return (
    <span class="confirm">
      <button type="button" class="dangerous" onClick={onRevoke}>
        Revoke for good
      </button>
      <button type="button" onClick={() => setAsking(false)}>
        Keep
      </button>
    </span>
  );
}

function describeLimits(limits: KeyLimits): string {
  const parts = Object.entries(limits).map(([name, value]) => `${value.toLocaleString()} ${LIMIT_WORDS[name as keyof KeyLimits]}`);
  return parts.join(', ') || 'none';
}
