import { createPrivateKey, createPublicKey, generateKeyPairSync, hkdfSync, type KeyObject } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';

/** The fleet's Ed25519 key pair: agents pin the public half and accept only what is signed by the private one. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  /** Raw 32 bytes, base64url. */
  readonly publicKey: string;
}

/** DER header of a PKCS #8 Ed25519 private key (RFC 8410 §7); the 32-byte seed follows. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Made from the cluster secret, so that every replica has the same; without one, kept in the data folder. */
export function loadSigningKey({
  clusterSecret,
  dataDir,
}: {
  readonly clusterSecret?: string | undefined;
  readonly dataDir: string;
}): SigningKey {
  const privateKey = clusterSecret === undefined ? readOrMakeKey(join(dataDir, 'signing-key.pem')) : keyFromSecret(clusterSecret);
  return { privateKey, publicKey: String(createPublicKey(privateKey).export({ format: 'jwk' }).x) };
}

/** Throws CLUSTER_KEY_MISMATCH when this fleet's other coordinators sign with another key. */
export async function claimFleetKey(
  redis: Redis,
  keys: RedisKeys,
  { publicKey }: SigningKey,
  otherReplicas: () => Promise<number>,
): Promise<void> {
  await redis.setnx(keys.fleetKey, publicKey);
  if ((await redis.get(keys.fleetKey)) === publicKey) return;
  if ((await otherReplicas()) > 0) throw new AppError('CLUSTER_KEY_MISMATCH');
  await redis.set(keys.fleetKey, publicKey);
}

function keyFromSecret(secret: string): KeyObject {
  const seed = Buffer.from(hkdfSync('sha256', secret, '', 'ollama-coordinator signing key', 32));
  return createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' });
}

function readOrMakeKey(path: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(path));
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== 'ENOENT') throw failure;
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(path, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  return privateKey;
}
