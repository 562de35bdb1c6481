import type { KeyInfo, KeyLimits } from '@ollama-coordinator/common';
import { useState } from 'preact/hooks';
import { t, type Words } from '../words/words.js';
import type { Used } from './use-keys.js';

const LIMIT_WORDS: Readonly<Record<keyof KeyLimits, Words>> = {
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
      <td data-label={t('May')}>{scopes.join(', ')}</td>
      <td data-label={t('Models and agents')}>
        {[models?.join(', ') ?? t('every model'), agents?.join(', ') ?? t('every agent')].join('; ')}
      </td>
      <td data-label={t('Limits')}>{describeLimits(limits)}</td>
      <td data-label={t('Expires')}>{expiresAt === undefined ? t('never') : new Date(expiresAt).toLocaleDateString()}</td>
      <td data-label={t('Used in 30 days')} class="number">
        {used === undefined
          ? '–'
          : t('{requests} requests, {tokens} tokens', { requests: used.requests.toLocaleString(), tokens: used.tokens.toLocaleString() })}
      </td>
      <td>{configured ? <span class="muted">{t('configured')}</span> : <RevokeButton name={name} onRevoke={onRevoke} />}</td>
    </tr>
  );
}

/** Asks once more, where the button stood. */
function RevokeButton({ name, onRevoke }: { name: string; onRevoke: () => void }) {
  const [asking, setAsking] = useState(false);
  if (!asking) {
    return (
      <button type="button" aria-label={t('Revoke {name}', { name })} onClick={() => setAsking(true)}>
        {t('Revoke')}
      </button>
    );
  }
  return (
    <span class="confirm">
      <button type="button" class="dangerous" onClick={onRevoke}>
        {t('Revoke for good')}
      </button>
      <button type="button" onClick={() => setAsking(false)}>
        {t('Keep')}
      </button>
    </span>
  );
}

function describeLimits(limits: KeyLimits): string {
  const parts = Object.entries(limits).map(
    ([name, value]) => `${(value ?? 0).toLocaleString()} ${t(LIMIT_WORDS[name as keyof KeyLimits])}`,
  );
  return parts.join(', ') || t('none');
}
