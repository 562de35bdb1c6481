import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/;

/**
 * The admin key and the join token of a coordinator that asks for keys, as environment variables; what the environment does
 * not give is made once and kept in the file, readable by this user alone. Empty while the coordinator is open.
 */
export function provideSecrets(path, host, env = process.env) {
  const isOpen = env.COORDINATOR_AUTH === 'off' || (env.COORDINATOR_AUTH !== 'on' && LOOPBACK.test(host));
  if (isOpen) return {};
  const kept = readKept(path);
  const adminKey = env.COORDINATOR_ADMIN_KEY ?? kept.adminKey ?? `oc_${randomBytes(24).toString('base64url')}`;
  const joinToken = env.COORDINATOR_JOIN_TOKEN ?? kept.joinToken ?? randomBytes(18).toString('base64url');
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, JSON.stringify({ adminKey, joinToken }), { mode: 0o600 });
  return { COORDINATOR_ADMIN_KEY: adminKey, COORDINATOR_JOIN_TOKEN: joinToken };
}

function readKept(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}
