import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { systemClock } from '@ollama-coordinator/common';
import { toApiKey } from '#coordinator/credentials/api-key.js';
import { hashSecret } from '#coordinator/credentials/hash-secret.js';
import { createKeyRing } from '#coordinator/credentials/key-ring.js';
import { createAuthenticate } from '#coordinator/http/authenticate.js';
import { type Spread, spreadOf } from '../support/statistics.js';

/** Checks that are timed together, so that the clock's own cost does not count. */
const BATCH = 20;

/** Microseconds that the check of a key costs a request, where so many keys are known and each request has another one. */
export function measureCheck(keyCount: number, requests: number): Spread {
  const ring = createKeyRing();
  const secrets = Array.from({ length: keyCount }, (_, index) => {
    const secret = `oc_${randomBytes(24).toString('base64url')}`;
    const fields = { models: ['llama*', 'qwen3:8b'], created_at: '', version: 1, limits: {}, scopes: ['infer' as const] };
    ring.put(toApiKey(hashSecret(secret), { id: `key-${index}`, name: `key ${index}`, ...fields }));
    return secret;
  });
  const authenticate = createAuthenticate({ keysOn: true, apiKeys: ring, clock: systemClock });
  const asked = secrets.map((secret) => ({ headers: { authorization: `Bearer ${secret}` } }) as unknown as IncomingMessage);
  const check = (index: number) => {
    const request = asked[(index * 7919) % keyCount];
    if (request) authenticate(request, { scope: 'infer' });
  };
  for (let index = 0; index < 20_000; index += 1) check(index);
  const micros: number[] = [];
  for (let index = 0; index < requests; index += BATCH) {
    const startedNs = process.hrtime.bigint();
    for (let offset = 0; offset < BATCH; offset += 1) check(index + offset);
    micros.push(Number(process.hrtime.bigint() - startedNs) / 1000 / BATCH);
  }
  return spreadOf(micros);
}
